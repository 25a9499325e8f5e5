import { describe, expect, it } from 'vitest';
import { decodePacket, encodeFrame, PacketWriter } from '../wire/index.ts';
import { CLOSE, MESSAGE_OVERHEAD, type LinkChannel } from './index.ts';
import { codeOf, errorOf, initiator, NK, ping, responder, shake, talk } from './test-link.contract.ts';

describe('channel', () => {
  const connected = (): { client: LinkChannel; node: LinkChannel } => {
    const client = initiator(NK);
    const node = responder(NK);
    shake(client, node);
    return { client: client.channel, node: node.channel };
  };

  it('LINK-8, LINK-10: a changed, repeated or reordered message ends the channel for good', () => {
    for (const deceive of [
      (a: Uint8Array) => [a.with(a.length - 1, a.at(-1)! ^ 1)],
      (a: Uint8Array) => [a, a],
      (a: Uint8Array, b: Uint8Array) => [b, a],
      (a: Uint8Array) => [a.subarray(0, 10)],
    ]) {
      const { client, node } = connected();
      const messages = deceive(client.seal(encodeFrame(ping)), client.seal(encodeFrame(ping)));
      expect(codeOf(() => messages.forEach((message) => node.open(message)))).toBe('not-authentic');
      expect(codeOf(() => node.open(client.seal(encodeFrame(ping))))).toBe('wrong-state');
      expect(codeOf(() => node.seal(encodeFrame(ping)))).toBe('wrong-state');
    }
  });

  it('LINK-9: an authentic packet that is malformed ends the channel with 4400', () => {
    const { client, node } = connected();
    const error = errorOf(() => node.open(client.seal(Uint8Array.of(0x0a, 0x00))));
    expect([error.code, error.closeCode]).toEqual(['malformed', CLOSE.malformed.code]);
    expect(codeOf(() => node.open(client.seal(encodeFrame(ping))))).toBe('wrong-state');
  });

  it('LINK-8: a packet above the limit is refused before the cipher, and the channel lives on', () => {
    const { client, node } = connected();
    expect(codeOf(() => client.seal(new Uint8Array(65_520)))).toBe('too-large');
    talk(client, node);
    expect(decodePacket(encodeFrame(ping))).toEqual([ping]);
  });

  it('LINK-8: sealing and opening within larger buffers, without copies', () => {
    const { client, node } = connected();
    const writer = new PacketWriter();
    const buffer = new Uint8Array(500);
    for (let i = 0; i < 3; i++) {
      writer.append({ request: i, body: { case: 'ping', value: {} } });
      writer.append(ping);
      const message = buffer.subarray(10, 10 + writer.length + MESSAGE_OVERHEAD);
      expect(client.seal(writer.take(), message)).toBe(message);
      const frames = node.open(message, message.subarray(0, -MESSAGE_OVERHEAD));
      expect(frames).toEqual([{ ...ping, request: i }, ping]);
    }
  });
});
