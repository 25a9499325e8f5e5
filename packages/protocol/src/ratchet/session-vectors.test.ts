import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../crypto/index.ts';
import type { Random } from '../crypto/index.ts';
import { decodeState } from '../braid/state-encoding.ts';
import { parseMessage } from './ratchet-message.ts';
import { decodeRecord } from './record-encoding.ts';
import { createKeys, Device, drawKeys } from './two-devices.fixture.ts';
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

/** Records that a program before version 1 of the post-quantum ratchet stored, of two devices in conversation. */
interface StoredBefore {
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

const { vectors, storedBefore, epochs } = JSON.parse(
  readFileSync(new URL('session-vectors.json', import.meta.url), 'utf8'),
) as {
  vectors: readonly Vector[];
  storedBefore: readonly StoredBefore[];
  /** SHA-256 of all messages of a long conversation, one after the other, and of the records at its end. */
  epochs: { readonly messages: string; readonly records: string };
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

  it('PQR-2 to PQR-7, DR-18: two epochs, each side once the one whose key it is, every fifth message lost', () => {
    const a = new Device(createKeys('epochs a', 1), 'epochs random a');
    const b = new Device(createKeys('epochs b', 2), 'epochs random b');
    const digest = createHash('sha256');
    let count = 0;
    const say = (sender: Device, receiver: Device): void => {
      const sent = sender.send(`message ${count}`);
      digest.update(sent.message);
      if (count++ % 5 !== 4) assert.deepEqual(receiver.receive(sent), sent.plaintext);
    };
    a.start(b);
    say(a, b);
    for (let round = 0; round < 150; round++) {
      say(b, a);
      say(a, b);
    }
    const epochsOf = [a, b].map(({ record }) => decodeState(record.current!.postQuantum.state).braid.epoch);
    expect(Math.min(...epochsOf)).toBeGreaterThanOrEqual(3);
    const records = createHash('sha256').update(a.snapshot()).update(b.snapshot());
    expect({ messages: digest.digest('hex'), records: records.digest('hex') }).toEqual(epochs);
  });

  it.each(storedBefore)(
    'DR-5, DR-18: stored before there was a post-quantum ratchet, goes on without: $name',
    (stored) => {
      const a = new Device(createKeys('stored a', 1), 'stored random a');
      const b = new Device(createKeys('stored b', 2), 'stored random b');
      a.record = decodeRecord(unhex(stored.a));
      b.record = decodeRecord(unhex(stored.b));
      for (let round = 0; round < 3; round++) {
        for (const [sender, receiver] of [
          [a, b],
          [b, a],
        ] as const) {
          const sent = sender.send(`round ${round}`);
          expect(parseMessage(sent.message).postQuantum).toHaveLength(0);
          expect(receiver.receive(sent)).toEqual(sent.plaintext);
          receiver.restart();
        }
      }
      expect(a.record.current!.postQuantum).toEqual({ version: 0, state: new Uint8Array(0) });
    },
  );
});
