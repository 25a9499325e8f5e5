import { describe, expect, it } from 'vitest';
import { noblePrimitives as primitives } from '../crypto/index.ts';
import { SUITES, suiteName } from '../noise/index.ts';
import { create, encode, encodeFrame, HandshakeHelloSchema } from '../wire/index.ts';
import { CLOSE, MAX_HANDSHAKE_MESSAGE, type LinkResponder } from './index.ts';
import { CertificateMarks, type DeviceKeys } from '../identity/index.ts';
import {
  clientHandshake,
  codeOf,
  DAY,
  descriptorOf,
  device,
  errorOf,
  fill,
  initiator,
  NK,
  nodeHandshake,
  nodeId,
  NOW,
  otherDevice,
  ping,
  rawHello,
  responder,
  shake,
  suite,
  talk,
  XX,
} from './test-link.contract.ts';

describe('LINK-1: every suite', () => {
  it.each(SUITES.map((one) => [suiteName(one), one] as const))('%s connects and talks both ways', (_, one) => {
    const client = initiator(one);
    const node = responder(one);
    shake(client, node);
    talk(client.channel, node.channel);
    talk(node.channel, client.channel);
    const certified = one.pattern.startsWith('XX');
    expect(node.certificate?.linkKey).toEqual(certified ? device.linkKey : undefined);
    expect(client.descriptor?.node).toEqual(certified ? nodeId : undefined);
  });
});

describe('LINK-2: both sides must mean the same', () => {
  it.each([XX, NK])('LINK-2: another network does not connect ($pattern)', (one) => {
    const client = initiator(one, { network: fill(8) });
    const code = codeOf(() => shake(client, responder(one)));
    expect(code).toBe('handshake');
  });

  it('LINK-2: another pre-shared key is named as the likely reason', () => {
    for (const name of ['XXpsk2_25519_ChaChaPoly', 'NKpsk2_25519_AESGCM']) {
      const error = errorOf(() => shake(initiator(suite(name), { psk: fill(6) }), responder(suite(name))));
      expect(error.code).toBe('pre-shared-key');
      expect(error.closeCode).toBe(CLOSE.handshake.code);
    }
  });

  it('LINK-2: what cannot be the key is not put down to the key', () => {
    const client = initiator(suite('XXpsk2_25519_ChaChaPoly'));
    client.start();
    expect(codeOf(() => client.receive(new Uint8Array(40)))).toBe('handshake');
  });

  it('LINK-2: a suite with a pre-shared key does not open without one', () => {
    expect(() => initiator(suite('XXpsk2_25519_ChaChaPoly'), { psk: null })).toThrow('pre-shared key');
  });

  it('LINK-2: another link key does not answer an anonymous link', () => {
    const client = initiator(NK, { remoteLinkKey: primitives.x25519.publicKey(fill(77)) });
    expect(codeOf(() => shake(client, responder(NK)))).toBe('handshake');
  });
});

describe('LINK-6: a device that comes back', () => {
  let checks = 0;
  const counting = {
    ...primitives,
    ed25519: {
      ...primitives.ed25519,
      verify: (...given: Parameters<typeof primitives.ed25519.verify>) => (
        checks++,
        primitives.ed25519.verify(...given)
      ),
    },
  };
  const marks = new CertificateMarks(primitives, 8);
  const node = (): LinkResponder => responder(XX, { primitives: counting, marks });
  const checksOf = (work: () => void): number => {
    const before = checks;
    work();
    return checks - before;
  };

  it('LINK-6: its certificate is verified once', () => {
    expect(checksOf(() => shake(initiator(XX), node()))).toBe(2);
    const again = node();
    expect(checksOf(() => shake(initiator(XX), again))).toBe(0);
    expect(again.certificate?.linkKey).toEqual(device.linkKey);
  });

  it('LINK-6: for whom it does not name it is verified as ever, and refused', () => {
    const other = node();
    const client = clientHandshake(otherDevice);
    client.readMessage(other.receive(client.writeMessage(rawHello(1))).reply!);
    const third = client.writeMessage(rawHello(1, undefined, device.certificate));
    expect(checksOf(() => expect(codeOf(() => other.receive(third))).toBe('bad-certificate'))).toBe(2);
  });
});

describe('LINK-5: the node proves itself', () => {
  it('LINK-5: refuses a node that is not the pinned one', () => {
    const client = initiator(XX, { nodeId: primitives.ed25519.publicKey(fill(5)) });
    expect(codeOf(() => shake(client, responder(XX)))).toBe('wrong-node');
  });

  it('LINK-5: takes any node on first use', () => {
    const client = initiator(XX, { nodeId: null });
    shake(client, responder(XX));
    expect(client.descriptor!.node).toEqual(nodeId);
  });

  it('LINK-5: refuses a descriptor for another link key', () => {
    // The node can only handshake with a key it has: it signs a key it does not have into its descriptor.
    const foreign = descriptorOf({ linkKey: primitives.x25519.publicKey(fill(55)) });
    const client = initiator(XX);
    const message = forgedAnswer(client.start(), { descriptor: foreign });
    expect(codeOf(() => client.receive(message))).toBe('bad-descriptor');
  });

  it('LINK-5: refuses a descriptor of another network', () => {
    const node = responder(XX, { descriptor: descriptorOf({ network: fill(1) }) });
    expect(codeOf(() => shake(initiator(XX), node))).toBe('bad-descriptor');
  });

  it('LINK-5: refuses a descriptor that has run out', () => {
    const node = responder(XX, { descriptor: descriptorOf({ until: NOW - DAY / 2 }) });
    expect(codeOf(() => shake(initiator(XX), node))).toBe('bad-descriptor');
  });

  it('LINK-5: refuses a descriptor whose signature is wrong', () => {
    const descriptor = descriptorOf({});
    descriptor[descriptor.length - 1]! ^= 1;
    expect(codeOf(() => shake(initiator(XX), responder(XX, { descriptor })))).toBe('bad-descriptor');
  });

  /** The second message of XX from a node with the right link secret and any descriptor or version. */
  function forgedAnswer(first: Uint8Array, hello: { descriptor: Uint8Array }): Uint8Array {
    const node = nodeHandshake();
    node.readMessage(first);
    return node.writeMessage(rawHello(1, hello.descriptor));
  }
});

describe('LINK-6: the client proves itself last', () => {
  /** A client by hand: its third message carries `payload`. */
  function thirdMessage(keys: DeviceKeys, payload: Uint8Array): { node: LinkResponder; third: Uint8Array } {
    const node = responder(XX);
    const client = clientHandshake(keys);
    const answer = node.receive(client.writeMessage(rawHello(1)));
    expect(answer.done).toBe(false);
    client.readMessage(answer.reply!);
    return { node, third: client.writeMessage(payload) };
  }

  it('LINK-6: refuses the certificate of another device', () => {
    const { node, third } = thirdMessage(device, rawHello(1, undefined, otherDevice.certificate));
    const error = errorOf(() => node.receive(third));
    expect([error.code, error.closeCode]).toEqual(['bad-certificate', CLOSE.notAllowed.code]);
  });

  it('LINK-6: refuses a certificate with a wrong signature', () => {
    const certificate = device.certificate.slice();
    certificate[certificate.length - 1]! ^= 1;
    const { node, third } = thirdMessage(device, rawHello(1, undefined, certificate));
    expect(codeOf(() => node.receive(third))).toBe('bad-certificate');
  });

  it('LINK-6: refuses a third message without a certificate, and gives no channel', () => {
    const { node, third } = thirdMessage(device, rawHello(1));
    expect(codeOf(() => node.receive(third))).toBe('malformed');
    expect(node.certificate).toBeNull();
    expect(codeOf(() => node.channel)).toBe('wrong-state');
  });

  it('LINK-6: the certificate is nowhere readable in the messages', () => {
    const client = initiator(XX);
    const node = responder(XX);
    const first = client.start();
    const second = node.receive(first).reply!;
    const third = client.receive(second).reply!;
    for (const message of [first, second, third]) {
      expect(Buffer.from(message).includes(Buffer.from(device.linkKey))).toBe(false);
      expect(Buffer.from(message).includes(Buffer.from(nodeId))).toBe(false);
    }
  });
});

describe('LINK-3: hello', () => {
  it('LINK-3: a node names a version it does not speak', () => {
    const error = errorOf(() => responder(XX).receive(clientHandshake(device).writeMessage(rawHello(2))));
    expect([error.code, error.closeCode]).toEqual(['version', CLOSE.unsupported.code]);
    expect(error.message).toContain('version 2');
  });

  it('LINK-3: a client names a version it does not speak', () => {
    const client = initiator(XX);
    const node = nodeHandshake();
    node.readMessage(client.start());
    expect(codeOf(() => client.receive(node.writeMessage(rawHello(3, descriptorOf({})))))).toBe('version');
  });

  it('LINK-3: a first message that already carries a proof is refused', () => {
    const first = clientHandshake(device).writeMessage(rawHello(1, undefined, device.certificate));
    expect(codeOf(() => responder(XX).receive(first))).toBe('malformed');
  });

  it('LINK-3: a payload that is no hello is refused', () => {
    const first = clientHandshake(device).writeMessage(Uint8Array.of(0xff, 0xff));
    expect(codeOf(() => responder(XX).receive(first))).toBe('malformed');
    const empty = clientHandshake(device).writeMessage(encode(HandshakeHelloSchema, create(HandshakeHelloSchema)));
    expect(codeOf(() => responder(XX).receive(empty))).toBe('malformed');
  });
});

describe('LINK-4: limits before anybody is known', () => {
  it('LINK-4: a handshake message above 4,096 bytes is not looked at', () => {
    const error = errorOf(() => responder(XX).receive(new Uint8Array(MAX_HANDSHAKE_MESSAGE + 1)));
    expect([error.code, error.closeCode]).toEqual(['too-large', CLOSE.tooLarge.code]);
    const client = initiator(XX);
    client.start();
    expect(codeOf(() => client.receive(new Uint8Array(MAX_HANDSHAKE_MESSAGE + 1)))).toBe('too-large');
  });

  it('LINK-4: the longest descriptor and certificate fit', () => {
    const client = initiator(XX);
    const second = responder(XX).receive(client.start()).reply!;
    expect(second.length).toBeLessThan(MAX_HANDSHAKE_MESSAGE);
    expect(client.receive(second).reply!.length).toBeLessThan(MAX_HANDSHAKE_MESSAGE);
  });

  it('LINK-4: no message after the last, none before the first', () => {
    const client = initiator(NK);
    expect(codeOf(() => client.receive(new Uint8Array(48)))).toBe('wrong-state');
    const node = responder(NK);
    const first = client.start();
    expect(codeOf(() => client.start())).toBe('wrong-state');
    expect(codeOf(() => client.channel)).toBe('wrong-state');
    node.receive(first);
    expect(codeOf(() => node.receive(first))).toBe('wrong-state');
  });

  it('LINK-4: a handshake that failed once is dead', () => {
    const client = initiator(XX);
    const good = responder(XX).receive(client.start()).reply!;
    const bad = good.slice();
    bad[40]! ^= 1;
    expect(codeOf(() => client.receive(bad))).toBe('handshake');
    expect(codeOf(() => client.receive(good))).toBe('wrong-state');
  });
});

describe('LINK-7: the first message of an anonymous link can be replayed', () => {
  it('LINK-7: it carries no frames, and the replayer gets no channel that opens anything', () => {
    const client = initiator(NK);
    const node = responder(NK);
    const first = client.start();
    client.receive(node.receive(first).reply!);
    const recorded = client.channel.seal(encodeFrame(ping));
    const again = responder(NK);
    again.receive(first);
    expect(codeOf(() => again.channel.open(recorded))).toBe('not-authentic');
  });
});
