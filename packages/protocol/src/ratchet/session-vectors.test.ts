import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../crypto/index.ts';
import type { Random } from '../crypto/index.ts';
import { Device, drawKeys } from './two-devices.fixture.ts';
import type { Sent } from './two-devices.fixture.ts';

/** A conversation with all its randomness written down: the same bytes must come out for ever, or sessions break. */
interface Vector {
  readonly name: string;
  readonly oneTime: boolean;
  /**
   * What each side draws, in order: identity secret, signed prekey, Z of its signature, Kyber seed, Z of its signature,
   * three one-time prekeys; then what its sessions draw.
   */
  readonly random: { readonly a: readonly string[]; readonly b: readonly string[] };
  readonly signatures: { readonly signedPrekey: string; readonly kyberPrekey: string };
  readonly messages: readonly Message[];
  /** As stored at the end. */
  readonly records: { readonly a: string; readonly b: string };
}

interface Message {
  readonly from: 'a' | 'b';
  readonly text: string;
  readonly kind: Sent['kind'];
  readonly message: string;
  /** Arrives after all others, the last sent first. */
  readonly late: boolean;
}

const { vectors } = JSON.parse(readFileSync(new URL('session-vectors.json', import.meta.url), 'utf8')) as {
  vectors: readonly Vector[];
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** Gives what is written down, and nothing else. */
function written(draws: readonly string[]): { random: Random; left: () => number } {
  let at = 0;
  const random: Random = (length) => {
    const bytes = unhex(draws[at++] ?? '');
    if (bytes.length !== length) throw new Error(`draw ${at} has ${bytes.length} bytes, not ${length}`);
    return bytes;
  };
  return { random, left: () => draws.length - at };
}

describe('own vectors', () => {
  it.each(vectors)('PQ-2 to PQ-4, DR-1 to DR-6, DR-18: $name', ({ oneTime, random, signatures, messages, records }) => {
    const draws = { a: written(random.a), b: written(random.b) };
    const a = new Device(drawKeys(draws.a.random, 1001), draws.a.random);
    const b = new Device(drawKeys(draws.b.random, 2002), draws.b.random);
    expect(hex(b.keys.signedPrekey.signature)).toBe(signatures.signedPrekey);
    expect(hex(b.keys.kyberPrekey.signature)).toBe(signatures.kyberPrekey);

    a.start(b, oneTime);
    const late: (() => void)[] = [];
    for (const { from, text, kind, message, late: isLate } of messages) {
      const [sender, receiver] = from === 'a' ? [a, b] : [b, a];
      expect(sender.send(text)).toEqual({ kind, message: unhex(message), plaintext: utf8(text) });
      const deliver = (): void => expect(receiver.receive({ kind, message: unhex(message) })).toEqual(utf8(text));
      if (isLate) late.unshift(deliver);
      else deliver();
    }
    for (const deliver of late) deliver();
    expect({ a: hex(a.snapshot()), b: hex(b.snapshot()) }).toEqual(records);
    expect([draws.a.left(), draws.b.left()]).toEqual([0, 0]);
  });
});
