import { describe, expect, it } from 'vitest';
import { eachPacket, packetOf, PUBACK, PUBLISH } from './mqtt-packet.ts';
import { eachStanza } from './xmpp-stanza.ts';

describe('packets of MQTT', () => {
  it.each([0, 127, 128, 16_383, 16_384])('of %i bytes come out as they went in, also in pieces', (length) => {
    const bytes = Buffer.concat([packetOf(PUBLISH, 2, Buffer.alloc(length, 7)), packetOf(PUBACK, 0, Buffer.of(0, 1))]);
    const seen: [number, number, number][] = [];
    const used = eachPacket(bytes, (type, flags, body) => seen.push([type, flags, body.length]));
    expect(used).toBe(bytes.length);
    expect(seen).toEqual([
      [PUBLISH, 2, length],
      [PUBACK, 0, 2],
    ]);
    expect(eachPacket(bytes.subarray(0, bytes.length - 1), () => undefined)).toBe(bytes.length - 4);
    expect(eachPacket(bytes.subarray(0, 1), () => undefined)).toBe(0);
  });
});

describe('stanzas of XMPP', () => {
  const message = "<message to='a'><body>one</body></message>";
  const seenIn = (text: string): { used: number; seen: string[] } => {
    const seen: string[] = [];
    return { used: eachStanza(Buffer.from(text), (name) => seen.push(name)), seen };
  };

  it('are split where they end', () => {
    const text = `${message}<presence/>\n<iq type='result' id='p'></iq>`;
    expect(seenIn(text)).toEqual({ used: text.length, seen: ['message', 'presence', 'iq'] });
  });

  it('wait for their rest', () => {
    for (let cut = 1; cut < message.length; cut++) {
      expect(seenIn(`<presence/>${message.slice(0, cut)}`)).toEqual({ used: 11, seen: ['presence'] });
    }
  });

  it('that are errors are no messages', () => {
    expect(() => seenIn("<message type='error'/>")).toThrow('error');
  });
});
