import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noblePrimitives as P } from '../crypto/index.ts';
import type { Random } from '../crypto/index.ts';
import { seededRandom } from '../identity/identity.fixture.ts';
import { BraidError } from './braid-error.ts';
import { parsePart } from './braid-part.ts';
import { receiveSparse, sendSparse, startSparse } from './sparse-ratchet.ts';
import { decodeState } from './state-encoding.ts';
import { SHARED_KEY } from './two-braids.fixture.ts';

interface Sent {
  readonly part: Uint8Array;
  readonly key: Uint8Array;
}

const refusal = (code: string) => expect.objectContaining({ name: 'BraidError', code });

class Party {
  state: Uint8Array;
  readonly random: Random;

  constructor(role: 'initiator' | 'responder', name: string) {
    this.state = startSparse(P, role, SHARED_KEY);
    this.random = seededRandom(`${name} ${role}`);
  }

  get epoch(): number {
    return decodeState(this.state).braid.epoch;
  }

  send(): Sent {
    const { state, part, key } = sendSparse(P, this.random, this.state);
    this.state = state;
    return { part, key };
  }

  /** @throws BraidError, and then the state is what it was */
  receive({ part, key }: Sent): void {
    const received = receiveSparse(P, this.state, part);
    assert.deepEqual(received.key, key);
    this.state = received.state;
  }
}

const parties = (name: string): [Party, Party] => [new Party('initiator', name), new Party('responder', name)];

function talk(a: Party, b: Party, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    b.receive(a.send());
    a.receive(b.send());
  }
}

describe('the sparse post-quantum ratchet', () => {
  it('PQR-3, PQR-7: epochs complete in turn, each side once the one whose key it is; all keys differ', () => {
    const [a, b] = parties('in turn');
    const keys = new Set<string>();
    const types = [new Set<string>(), new Set<string>()] as const;
    const senders: string[] = [];
    for (let round = 0; a.epoch < 5 && round < 300; round++) {
      for (const [from, to, side] of [
        [a, b, 0],
        [b, a, 1],
      ] as const) {
        const sent = from.send();
        const { epoch, type } = parsePart(sent.part);
        if (type === 'Hdr') senders[epoch] = side === 0 ? 'a' : 'b';
        types[side].add(type);
        keys.add(Buffer.from(sent.key).toString('hex'));
        to.receive(sent);
      }
      expect(keys.size).toBe(2 * round + 2);
    }
    expect(a.epoch).toBe(5);
    expect(senders.slice(1, 5)).toEqual(['a', 'b', 'a', 'b']);
    for (const seen of types)
      expect([...seen].sort()).toEqual(['Ct1', 'Ct1Ack', 'Ct2', 'Ek', 'EkCt1Ack', 'Hdr', 'None']);
  });

  it('PQR-3: epochs complete when each says much before the other answers: five turns an epoch', () => {
    const [a, b] = parties('bursts');
    for (let turn = 0; turn < 41; turn++) {
      const [from, to] = turn % 2 === 0 ? [a, b] : [b, a];
      for (let i = 0; i < 36; i++) to.receive(from.send());
    }
    expect([a.epoch, b.epoch]).toEqual([9, 9]);
  });

  it('PQR-8: reordered, lost and repeated by chance: each key is found once, epochs go on', () => {
    const step = fc.record({
      by: fc.constantFrom(0, 1),
      count: fc.integer({ min: 1, max: 12 }),
      /** What happens to each: the n-th of those under way arrives, is lost or arrives twice. */
      fates: fc.array(fc.record({ pick: fc.nat(30), fate: fc.constantFrom('arrives', 'arrives', 'lost', 'twice') }), {
        minLength: 3,
        maxLength: 14,
      }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 120 }), fc.integer(), (steps, seed) => {
        const both = parties(`fuzz ${seed}`);
        const underWay: [Sent[], Sent[]] = [[], []];
        const opened: [Sent[], Sent[]] = [[], []];
        for (const { by, count, fates } of steps) {
          const to = by === 0 ? 1 : 0;
          for (let i = 0; i < count; i++) underWay[to].push(both[by].send());
          for (const { pick, fate } of fates) {
            const [sent] = underWay[to].splice(pick % Math.max(1, underWay[to].length), 1);
            if (sent === undefined || fate === 'lost') continue;
            const receiver = both[to];
            receiver.receive(sent);
            opened[to].push(sent);
            const before = receiver.state;
            if (fate === 'twice') assert.throws(() => receiver.receive(sent), { code: 'duplicate' });
            expect(receiver.state).toBe(before);
          }
        }
        // Then without loss: both get on, wherever they were.
        const reached = Math.max(both[0].epoch, both[1].epoch);
        talk(...both, 110);
        expect(Math.min(both[0].epoch, both[1].epoch)).toBeGreaterThan(reached);
        for (const to of [0, 1] as const) {
          for (const sent of opened[to].slice(-5)) {
            expect(() => both[to].receive(sent)).toThrow(expect.objectContaining({ name: 'BraidError' }));
          }
        }
      }),
      { numRuns: 12 },
    );
  });

  it('PQR-8: all of one side lost for a long time: it goes on as soon as something arrives', () => {
    const [a, b] = parties('one side');
    talk(a, b, 10);
    const epoch = a.epoch;
    for (let i = 0; i < 500; i++) a.receive(b.send());
    for (let i = 0; i < 500; i++) a.send();
    talk(a, b, 60);
    expect(Math.min(a.epoch, b.epoch)).toBeGreaterThan(epoch);
  });

  it('PQR-8: receiving draws no randomness and changes nothing of what it is given', () => {
    const [a, b] = parties('pure');
    for (let round = 0; round < 100; round++) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const { part } = from.send();
        const [stateBefore, partBefore] = [to.state.slice(), part.slice()];
        const { state } = receiveSparse(P, to.state, part);
        expect([to.state, part]).toEqual([stateBefore, partBefore]);
        part.fill(0xff);
        to.state.fill(0xee); // nothing of the next state is a view
        decodeState(state);
        to.state = state;
      }
    }
    expect(a.epoch).toBeGreaterThan(2);
  });

  it('PQR-8: every byte of a part changed, in every state: another key or a refusal, never the same key', () => {
    const [a, b] = parties('flips');
    const kinds = new Set<string>();
    for (let round = 0; a.epoch < 3 && round < 200; round++) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const sent = from.send();
        const kind = `${parsePart(sent.part).type} ${decodeState(to.state).braid.phase.kind}`;
        if (!kinds.has(kind)) {
          kinds.add(kind);
          const before = to.state.slice();
          // Version, epoch, index, type: the chunk gives no key of its own, the message's MAC covers it.
          for (let at = 0; at < Math.min(5, sent.part.length); at++) {
            for (const mask of [1, 2, 4, 8, 0x80]) {
              const changed = sent.part.with(at, sent.part[at]! ^ mask);
              let key: Uint8Array | null = null;
              try {
                key = receiveSparse(P, to.state, changed).key;
              } catch (error) {
                if (!(error instanceof BraidError)) throw error;
              }
              if (key !== null && at < 3) assert.notDeepEqual(key, sent.key);
            }
          }
          assert.deepEqual(to.state, before);
        }
        to.receive(sent);
      }
    }
    expect(a.epoch).toBe(3);
    expect(kinds.size).toBeGreaterThanOrEqual(12);
  });

  it('PQR-11: a state rolled back meets an epoch it has not reached, one of another session a wrong MAC', () => {
    const [a, b] = parties('rolled back');
    const early = b.state;
    talk(a, b, 100);
    expect(a.epoch).toBe(3);
    expect(() => receiveSparse(P, early, a.send().part)).toThrow(refusal('too-far'));
    const stranger = new Party('responder', 'stranger');
    stranger.state = startSparse(P, 'responder', new Uint8Array(32).fill(1));
    const [other] = parties('rolled back');
    expect(receiveSparse(P, stranger.state, other.send().part).key).not.toEqual(new Uint8Array(32));
    stranger.state = receiveSparse(P, stranger.state, other.send().part).state;
    stranger.state = receiveSparse(P, stranger.state, other.send().part).state;
    expect(() => receiveSparse(P, stranger.state, other.send().part)).toThrow(refusal('bad-mac'));
  });

  it('PQR-2: a message without a part, or of another version, is refused', () => {
    const [a, b] = parties('versions');
    const { part } = a.send();
    for (const wrong of [new Uint8Array(0), part.with(0, 0), part.with(0, 2)]) {
      expect(() => receiveSparse(P, b.state, wrong)).toThrow(refusal('unknown-version'));
    }
  });
});
