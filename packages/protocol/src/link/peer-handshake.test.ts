import { describe, expect, it } from 'vitest';
import { noblePrimitives as primitives } from '../crypto/index.ts';
import { signDescriptor } from '../identity/index.ts';
import { decodeDeviceCertificate, decodeNodeDescriptor } from '../wire/index.ts';
import { encodeHello } from './hello.ts';
import { CLOSE, type LinkErrorCode, type PeerIdentity } from './index.ts';
import {
  clientHandshake,
  codeOf,
  DAY,
  descriptorOf,
  device,
  errorOf,
  fill,
  initiator,
  NOW,
  responder,
  shake,
  suite,
  talk,
  XX,
} from './test-link.contract.ts';

const callerSeed = fill(21);
const linkSecret = fill(22);

function caller(changes: { network?: Uint8Array; linkKey?: Uint8Array; from?: number } = {}): PeerIdentity {
  const descriptor = signDescriptor(primitives, callerSeed, {
    linkKey: primitives.x25519.publicKey(linkSecret),
    network: fill(9),
    urls: ['ws://127.0.0.1:8081'],
    weight: 1,
    capabilities: ['store'],
    operator: fill(4),
    from: NOW,
    until: NOW + 2 * DAY,
    sequence: 1,
    ...changes,
  });
  return { linkSecret, descriptor };
}

describe('LINK-11: a node calls a node', () => {
  it.each(['XX_25519_ChaChaPoly', 'XXpsk2_25519_AESGCM'])('LINK-11: %s connects, and each knows the other', (name) => {
    const one = suite(name);
    const called = responder(one);
    const calling = initiator(one, { identity: caller() });
    shake(calling, called);
    talk(calling.channel, called.channel);
    talk(called.channel, calling.channel);
    expect(called.peer?.node).toEqual(primitives.ed25519.publicKey(callerSeed));
    expect(called.certificate).toBeNull();
  });

  it('LINK-11: a client is no peer', () => {
    const called = responder(XX);
    shake(initiator(XX), called);
    expect(called.peer).toBeNull();
    expect(called.certificate?.linkKey).toEqual(device.linkKey);
  });

  it('LINK-11: a lease that begins later is for the ring to judge', () => {
    const called = responder(XX);
    shake(initiator(XX, { identity: caller({ from: NOW + DAY }) }), called);
    expect(called.peer?.from).toBe(NOW + DAY);
  });

  it('LINK-11: a descriptor of another network is refused', () => {
    const error = errorOf(() => shake(initiator(XX, { identity: caller({ network: fill(8) }) }), responder(XX)));
    expect(error).toMatchObject({ code: 'bad-certificate', closeCode: CLOSE.notAllowed.code });
  });

  it("LINK-11: another node's descriptor does not serve a caller without its link key", () => {
    expect(answerWith({ descriptor: decodeNodeDescriptor(descriptorOf({})) })).toBe('bad-certificate');
  });

  it('LINK-11: a descriptor whose signature is wrong is refused', () => {
    const identity = caller();
    identity.descriptor[identity.descriptor.length - 1]! ^= 1;
    expect(codeOf(() => shake(initiator(XX, { identity }), responder(XX)))).toBe('bad-certificate');
  });

  it('LINK-3: certificate and descriptor together are no proof', () => {
    const descriptor = decodeNodeDescriptor(descriptorOf({}));
    expect(answerWith({ descriptor }, true)).toBe('malformed');
  });
});

/** A third message made by hand, by somebody who has the device's link key. */
function answerWith(proof: Parameters<typeof encodeHello>[0], withCertificate = false): LinkErrorCode {
  const handshake = clientHandshake(device);
  const called = responder(XX);
  const { reply } = called.receive(handshake.writeMessage(encodeHello({})));
  handshake.readMessage(reply!);
  const certificate = withCertificate ? decodeCertificate() : {};
  return codeOf(() => called.receive(handshake.writeMessage(encodeHello({ ...proof, ...certificate }))));
}

const decodeCertificate = (): { certificate: ReturnType<typeof decodeDeviceCertificate> } => ({
  certificate: decodeDeviceCertificate(device.certificate),
});
