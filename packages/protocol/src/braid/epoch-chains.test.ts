import { hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noblePrimitives as P } from '../crypto/index.ts';
import { addEpoch, receivingKey, sendingKey, startChains } from './epoch-chains.ts';
import type { EpochChains } from './epoch-chains.ts';
import { KEPT_EPOCHS, MAX_PART_JUMP, MAX_SKIPPED_PART_KEYS } from './limits.ts';
import { countSkipped } from './skipped-keys.ts';

const START = new Uint8Array(32).fill(3);
const zeros = new Uint8Array(32);
const secretOf = (epoch: number): Uint8Array => new Uint8Array(32).fill(100 + epoch);
const refusal = (code: string) => expect.objectContaining({ name: 'BraidError', code });

const initiator = (): EpochChains => startChains(P, true, START);
const responder = (): EpochChains => startChains(P, false, START);
const withEpochs = (chains: EpochChains, count: number): EpochChains => {
  let all = chains;
  for (let i = 0; i < count; i++) all = addEpoch(P, all, { epoch: all.latest + 1, secret: secretOf(all.latest + 1) });
  return all;
};

/** The keys of `count` messages in an epoch, and the chains after. */
function keysSent(chains: EpochChains, epoch: number, count: number): { keys: Uint8Array[]; chains: EpochChains } {
  const keys: Uint8Array[] = [];
  let now = chains;
  for (let i = 0; i < count; i++) {
    const sent = sendingKey(P, now, epoch);
    expect(sent.index).toBe(i + 1);
    keys.push(sent.key);
    now = sent.chains;
  }
  return { keys, chains: now };
}

const keptKeys = ({ epochs }: EpochChains): number =>
  epochs.reduce((sum, { receiving }) => sum + countSkipped(receiving.skipped), 0);

describe('the chains of the post-quantum ratchet', () => {
  it('PQR-7: told a second time, with Node’s HKDF', () => {
    const hkdf = (salt: Uint8Array, secret: Uint8Array, info: Uint8Array | string, length: number): Uint8Array =>
      new Uint8Array(hkdfSync('sha256', secret, salt, info, length));
    const step = (chain: Uint8Array, index: number): Uint8Array =>
      hkdf(
        zeros,
        chain,
        Buffer.concat([Uint8Array.of(0, 0, 0, index), Buffer.from('Signal PQ Ratchet V1 Chain Next')]),
        64,
      );
    const start = hkdf(zeros, START, 'Signal PQ Ratchet V1 Chain  Start', 96);
    const [one] = keysSent(initiator(), 0, 1).keys;
    const second = keysSent(responder(), 0, 2).keys[1];
    expect(one).toEqual(step(start.subarray(32, 64), 1).subarray(32));
    const responderStep = step(start.subarray(64), 1);
    expect(second).toEqual(step(responderStep.subarray(0, 32), 2).subarray(32));
    const next = hkdf(start.subarray(0, 32), secretOf(1), 'Signal PQ Ratchet V1 Chain Add Epoch', 96);
    const [first] = keysSent(withEpochs(initiator(), 1), 1, 1).keys;
    expect(first).toEqual(step(next.subarray(32, 64), 1).subarray(32));
  });

  it('PQR-7: what one sends the other receives, in both directions and in every epoch; no key twice', () => {
    const seen = new Set<string>();
    for (let epoch = 0; epoch < 4; epoch++) {
      for (const [from, to] of [
        [initiator(), responder()],
        [responder(), initiator()],
      ] as const) {
        let receiving = withEpochs(to, epoch);
        for (const [i, key] of keysSent(withEpochs(from, epoch), epoch, 5).keys.entries()) {
          const received = receivingKey(P, receiving, epoch, i + 1);
          expect(received.key).toEqual(key);
          receiving = received.chains;
          seen.add(Buffer.from(key).toString('hex'));
        }
      }
    }
    expect(seen.size).toBe(4 * 2 * 5);
  });

  it('PQR-7: the secret of an epoch is wiped, and an epoch out of step is a defect', () => {
    const secret = secretOf(1);
    const chains = addEpoch(P, initiator(), { epoch: 1, secret });
    expect(secret).toEqual(zeros);
    expect(() => addEpoch(P, chains, { epoch: 3, secret: secretOf(3) })).toThrow(refusal('bad-state'));
    expect(() => addEpoch(P, chains, { epoch: 1, secret: secretOf(1) })).toThrow(refusal('bad-state'));
  });

  it('PQR-14: once a later epoch sends, the earlier ones cannot', () => {
    const chains = withEpochs(initiator(), 2);
    const { chains: after } = sendingKey(P, chains, 1);
    expect(after.epochs.map(({ sending }) => sending === null)).toEqual([true, false, false]);
    expect(() => sendingKey(P, after, 0)).toThrow(refusal('bad-state'));
    expect(sendingKey(P, after, 1).index).toBe(2);
    expect(() => sendingKey(P, after, 3)).toThrow(refusal('bad-state'));
  });

  it('PQR-8: each key once, in any order', () => {
    const { keys } = keysSent(initiator(), 0, 12);
    let chains = responder();
    for (const index of [12, 1, 5, 11, 6, 4]) {
      const received = receivingKey(P, chains, 0, index);
      expect(received.key).toEqual(keys[index - 1]);
      expect(() => receivingKey(P, received.chains, 0, index)).toThrow(refusal('duplicate'));
      chains = received.chains;
    }
    expect(keptKeys(chains)).toBe(6);
  });

  it('PQR-9: the newest five epochs receive', () => {
    const sender = initiator();
    const { keys } = keysSent(sender, 0, 2);
    const kept = withEpochs(responder(), KEPT_EPOCHS - 1);
    expect(kept.epochs).toHaveLength(5);
    expect(receivingKey(P, kept, 0, 2).key).toEqual(keys[1]);
    const gone = withEpochs(responder(), KEPT_EPOCHS);
    expect(gone.epochs).toHaveLength(5);
    expect(() => receivingKey(P, gone, 0, 2)).toThrow(refusal('bad-mac'));
    expect(() => receivingKey(P, gone, 6, 1)).toThrow(refusal('bad-mac'));
  });

  it('PQR-10: 2,000 overtaken keys are kept, over all epochs; the oldest of the oldest epoch go first', () => {
    const late = receivingKey(P, withEpochs(responder(), 1), 0, 4).chains;
    expect(keptKeys(late)).toBe(3);
    const full = receivingKey(P, late, 1, MAX_SKIPPED_PART_KEYS).chains;
    expect(keptKeys(full)).toBe(MAX_SKIPPED_PART_KEYS);
    for (const index of [1, 2]) expect(() => receivingKey(P, full, 0, index)).toThrow(refusal('duplicate'));
    expect(receivingKey(P, full, 0, 3).key).toEqual(keysSent(initiator(), 0, 3).keys[2]);
    const jumped = receivingKey(P, responder(), 0, MAX_SKIPPED_PART_KEYS + 2).chains;
    expect(keptKeys(jumped)).toBe(MAX_SKIPPED_PART_KEYS);
    expect(() => receivingKey(P, jumped, 0, 1)).toThrow(refusal('duplicate'));
    expect(receivingKey(P, jumped, 0, 2).key).toEqual(keysSent(initiator(), 0, 2).keys[1]);
  });

  it('PQR-11: 25,000 ahead opens, 25,001 is refused before any work', () => {
    let calls = 0;
    const counted = { ...P, hkdf: (...args: Parameters<typeof P.hkdf>) => (calls++, P.hkdf(...args)) };
    const chains = responder();
    for (const index of [MAX_PART_JUMP + 2, 0xffff_ffff]) {
      expect(() => receivingKey(counted, chains, 0, index)).toThrow(refusal('too-far'));
    }
    expect(calls).toBe(0);
    expect(receivingKey(counted, chains, 0, MAX_PART_JUMP + 1).key).toHaveLength(32);
    expect(calls).toBe(MAX_PART_JUMP + 1);
  });

  it('PQR-7: a chain ends before its counter could come twice', () => {
    const chains = initiator();
    const [only] = chains.epochs;
    const last = { ...chains, epochs: [{ ...only!, sending: { ...only!.sending!, index: 0xffff_ffff } }] };
    expect(() => sendingKey(P, last, 0)).toThrow(refusal('exhausted'));
  });
});
