import { beforeAll, describe, expect, it } from 'vitest';
import { concat, noblePrimitives as P } from '../crypto/index.ts';
import type { Phase } from './braid-state.ts';
import { hasEpochSecret } from './braid-state.ts';
import { receivingKey, startChains, addEpoch } from './epoch-chains.ts';
import type { EpochChains } from './epoch-chains.ts';
import { checkSparse } from './sparse-ratchet.ts';
import { decodeState, encodeState } from './state-encoding.ts';
import type { SparseState } from './state-encoding.ts';
import { repeatUntil, SHARED_KEY, talkUntil, twoEnds } from './two-braids.fixture.ts';

const badState = expect.objectContaining({ name: 'BraidError', code: 'bad-state' });

/** One state of each kind, with skipped keys. */
const states = new Map<Phase['kind'], SparseState>();

function chainsFor(epoch: number, phase: Phase): EpochChains {
  let chains = startChains(P, epoch % 2 === 0, SHARED_KEY);
  for (let each = 1; each <= (hasEpochSecret(phase) ? epoch : epoch - 1); each++) {
    chains = addEpoch(P, chains, { epoch: each, secret: new Uint8Array(32).fill(each) });
  }
  const skipped = receivingKey(P, chains, epoch - 1, 9).chains;
  return receivingKey(P, skipped, epoch - 1, 4).chains;
}

beforeAll(() => {
  for (const keyFirst of [false, true]) {
    const ends = twoEnds('encoding');
    const [a, b] = ends;
    const note = (): void => {
      for (const { braid } of ends) {
        states.set(braid.phase.kind, { braid, chains: chainsFor(braid.epoch, braid.phase) });
      }
    };
    talkUntil(ends, () => {
      note();
      return b.braid.phase.kind === 'Ct1Sampled' && a.braid.phase.kind === 'HeaderSent';
    });
    if (keyFirst) {
      repeatUntil(
        () => b.braid.phase.kind !== 'Ct1Sampled',
        () => b.receive(a.send()),
      );
    }
    talkUntil([b, a], () => {
      note();
      return b.braid.epoch === 2;
    });
  }
});

/** Where the chains begin in the bytes. */
const chainsAt = (state: SparseState): number => {
  const { length } = encodeState(state);
  const { epochs } = state.chains;
  let chains = 1 + 32 + 1 + 1;
  for (const { sending, receiving } of epochs) {
    chains += 36 + 2 + (sending === null ? 0 : 36);
    for (const { seeds } of receiving.skipped) chains += 6 + seeds.length;
  }
  return length - chains;
};

describe('stored state', () => {
  it('PQR-12: of every kind comes back as it was', () => {
    expect(states.size).toBe(11);
    for (const state of states.values()) {
      const bytes = encodeState(state);
      expect(decodeState(bytes)).toEqual(state);
      expect(encodeState(decodeState(bytes))).toEqual(bytes);
    }
  });

  it('PQR-12: cut anywhere or lengthened it is refused', () => {
    for (const state of states.values()) {
      const bytes = encodeState(state);
      for (let length = 0; length < bytes.length; length++) {
        expect(() => checkSparse(bytes.subarray(0, length))).toThrow(badState);
      }
      expect(() => checkSparse(concat(bytes, Uint8Array.of(0)))).toThrow(badState);
    }
  });

  it('PQR-12: an unknown kind, and epochs 0 and beyond 32 bits, are refused', () => {
    const bytes = encodeState(states.get('KeysUnsampled')!);
    for (const kind of [11, 255]) expect(() => checkSparse(bytes.with(0, kind))).toThrow(badState);
    for (const epoch of [0, 255]) {
      const other = bytes.slice();
      other.fill(epoch, 1, 5);
      expect(() => checkSparse(other)).toThrow(badState);
    }
  });

  it('PQR-12: a whole message among the chunks, or a chunk twice, is refused', () => {
    const state = states.get('Ct1Acknowledged')!;
    const bytes = encodeState(state);
    const at = 1 + 4 + 64 + 64 + 32; // the number of chunks
    const count = bytes[at]!;
    expect(count).toBeGreaterThan(1);
    for (const wrong of [0, count - 1, count + 1, 36, 255]) {
      expect(() => checkSparse(bytes.with(at, wrong))).toThrow(badState);
    }
    const twice = bytes.slice();
    twice.copyWithin(at + 3, at + 1, at + 3);
    expect(() => checkSparse(twice)).toThrow(badState);
  });

  it.each<[string, number, readonly number[]]>([
    ['a role that is none', 0, [2]],
    ['no epochs', 33, [0, 0]],
    ['six epochs', 33, [6, 1]],
    ['more epochs than there were', 33, [3, 1]],
    ['none that sends', 34, [0]],
    ['more that send than there are', 34, [3]],
  ])('PQR-12: %s is refused', (_, offset, values) => {
    const state = states.get('Ct1Sampled')!;
    const bytes = encodeState(state);
    bytes.set(values, chainsAt(state) + offset);
    expect(() => checkSparse(bytes)).toThrow(badState);
  });

  it('PQR-12: as many chunks as a message takes, which would have been read, are refused; one fewer is read', () => {
    const { braid, chains } = states.get('Ct1Acknowledged')!;
    const { phase } = braid;
    if (phase.kind !== 'Ct1Acknowledged') throw new Error(phase.kind);
    const withChunks = (count: number): Uint8Array => {
      const keyVector = { indices: Array.from({ length: count }, (_, i) => i), data: new Uint8Array(32 * count) };
      return encodeState({ braid: { ...braid, phase: { ...phase, keyVector } }, chains });
    };
    expect(() => checkSparse(withChunks(36))).toThrow(badState);
    checkSparse(withChunks(35));
  });

  it('PQR-9, PQR-12: six epochs, or one more than there have been, are refused', () => {
    const { braid } = states.get('KeysUnsampled')!;
    const start = startChains(P, true, SHARED_KEY);
    const withEpochs = (epoch: number, count: number): Uint8Array => {
      const epochs = Array.from({ length: count }, () => start.epochs[0]!);
      return encodeState({ braid: { ...braid, epoch }, chains: { ...start, latest: epoch - 1, epochs } });
    };
    checkSparse(withEpochs(100, 5));
    expect(() => checkSparse(withEpochs(100, 6))).toThrow(badState);
    checkSparse(withEpochs(2, 2));
    expect(() => checkSparse(withEpochs(2, 3))).toThrow(badState);
  });

  it('PQR-12: chains of the epoch that is sent with must be there', () => {
    const { braid, chains } = states.get('Ct2Sampled')!;
    expect(chains.epochs).toHaveLength(2);
    const onlyLatest = { ...chains, epochs: chains.epochs.slice(1) };
    expect(() => checkSparse(encodeState({ braid, chains: onlyLatest }))).toThrow(badState);
  });

  it.each<[string, readonly (readonly [first: number, length: number])[], number]>([
    ['an empty run', [[1, 0]], 9],
    ['index 0', [[0, 2]], 9],
    ['runs that overlap', [[1, 2], [2, 1]], 9], // prettier-ignore
    ['runs that descend', [[4, 1], [1, 1]], 9], // prettier-ignore
    ['a run up to the chain’s own index', [[8, 2]], 9],
    ['more than 2,000 keys', [[1, 2001]], 5000],
  ])('PQR-10, PQR-12: skipped keys: %s is refused', (_, runs, index) => {
    const { braid, chains } = states.get('KeysUnsampled')!;
    const skipped = runs.map(([first, length]) => ({ first, seeds: new Uint8Array(32 * length) }));
    const epochs = chains.epochs.map((each, at) =>
      at === 0 ? { ...each, receiving: { ...each.receiving, index, skipped } } : each,
    );
    expect(() => checkSparse(encodeState({ braid, chains: { ...chains, epochs } }))).toThrow(badState);
  });

  it('PQR-12: it is small: below 3 kB with nothing overtaken', () => {
    for (const { braid } of states.values()) {
      const later = { ...braid, epoch: 100 };
      const start = startChains(P, true, SHARED_KEY);
      const epochs = Array.from({ length: 5 }, () => start.epochs[0]!);
      const latest = hasEpochSecret(braid.phase) ? 100 : 99;
      const size = encodeState({ braid: later, chains: { ...start, latest, epochs } }).length;
      expect(size).toBeLessThan(3000);
    }
  });
});
