import { beforeAll, describe, expect, it } from 'vitest';
import { concat, noblePrimitives as P } from '../crypto/index.ts';
import { macOfCiphertext, macOfHeader } from './authenticator.ts';
import { BraidError } from './braid-error.ts';
import type { BraidPart, PartType } from './braid-part.ts';
import { receiveBraid } from './braid-receive.ts';
import { sendBraid } from './braid-send.ts';
import type { Braid, Phase } from './braid-state.ts';
import { chunkOf } from './chunk-code.ts';
import { repeatUntil, talkUntil, twoEnds } from './two-braids.fixture.ts';

type Kind = Phase['kind'];

/** One braid of each kind, all of epoch 1, out of one conversation. */
const braids = new Map<Kind, Braid>();
const noRandom = (): never => expect.unreachable('no randomness is needed');
const refusal = (code: string) => expect.objectContaining({ name: 'BraidError', code });

beforeAll(() => {
  // Acknowledged before the key is here, and after: the two ways to ct2.
  for (const keyFirst of [false, true]) {
    const ends = twoEnds('steps');
    const [a, b] = ends;
    const note = (): void => {
      for (const { braid } of ends)
        if (braid.epoch === 1 && !braids.has(braid.phase.kind)) braids.set(braid.phase.kind, braid);
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

const DATA = new Uint8Array(32).fill(1);
const CHUNK = { index: 60_000, data: DATA };
const TYPES: readonly PartType[] = ['None', 'Hdr', 'Ek', 'EkCt1Ack', 'Ct1Ack', 'Ct1', 'Ct2'];
const part = (type: PartType, epoch = 1): BraidPart => ({
  epoch,
  index: 1,
  type,
  chunk: type === 'None' || type === 'Ct1Ack' ? null : CHUNK,
});

/** What it gives, or the code it is refused with. */
function outcomeOf(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof BraidError) return error.code;
    throw error;
  }
}

/** What each state does with one part of its epoch; what is not named is passed over. */
const STEPS: Readonly<Record<Kind, { readonly sends: PartType; readonly takes: Partial<Record<PartType, Kind>> }>> = {
  KeysUnsampled: { sends: 'Hdr', takes: {} },
  KeysSampled: { sends: 'Hdr', takes: { Ct1: 'HeaderSent' } },
  HeaderSent: { sends: 'Ek', takes: { Ct1: 'HeaderSent' } },
  Ct1Received: { sends: 'EkCt1Ack', takes: { Ct2: 'EkSentCt1Received' } },
  EkSentCt1Received: { sends: 'Ct1Ack', takes: { Ct2: 'EkSentCt1Received' } },
  NoHeaderReceived: { sends: 'None', takes: { Hdr: 'NoHeaderReceived' } },
  HeaderReceived: { sends: 'Ct1', takes: {} },
  Ct1Sampled: { sends: 'Ct1', takes: { Ek: 'Ct1Sampled', EkCt1Ack: 'Ct1Acknowledged', Ct1Ack: 'Ct1Acknowledged' } },
  EkReceivedCt1Sampled: { sends: 'Ct1', takes: { EkCt1Ack: 'Ct2Sampled', Ct1Ack: 'Ct2Sampled' } },
  Ct1Acknowledged: {
    sends: 'None',
    takes: { Ek: 'Ct1Acknowledged', EkCt1Ack: 'Ct1Acknowledged', Ct1Ack: 'Ct1Acknowledged' },
  },
  Ct2Sampled: { sends: 'Ct2', takes: {} },
};

describe.each(Object.entries(STEPS))('%s', (kind, { sends, takes }) => {
  const braid = (): Braid => braids.get(kind as Kind)!;

  it(`PQR-3: sends ${sends}`, () => {
    const random = kind === 'KeysUnsampled' || kind === 'HeaderReceived' ? (n: number) => new Uint8Array(n) : noRandom;
    const sent = sendBraid(P, random, braid());
    expect(sent.type).toBe(sends);
    expect(sent.braid.epoch).toBe(1);
    expect(sent.secret === null).toBe(kind !== 'HeaderReceived');
  });

  it.each(TYPES)('PQR-3: takes or passes over %s', (type) => {
    const { braid: next, secret } = receiveBraid(P, braid(), part(type));
    expect(next.phase.kind).toBe(takes[type] ?? kind);
    expect(next === braid()).toBe(takes[type] === undefined);
    expect(secret).toBeNull();
  });

  it('PQR-3, PQR-11: an epoch ahead is refused, unless it says that the other side has ct2', () => {
    for (const type of TYPES) {
      const outcome = (epoch: number): unknown => outcomeOf(() => receiveBraid(P, braid(), part(type, epoch)).braid);
      const next = { ...braid(), epoch: 2, phase: { kind: 'KeysUnsampled' } };
      expect(outcome(2)).toEqual(kind === 'Ct2Sampled' ? next : 'too-far');
      for (const epoch of [3, 0xffff_ffff]) expect(outcome(epoch)).toBe('too-far');
    }
  });

  it('PQR-8: what is of an epoch before is passed over', () => {
    const later = { ...braid(), epoch: 5 };
    for (const type of TYPES) expect(receiveBraid(P, later, part(type, 4)).braid).toBe(later);
  });
});

describe('what completes a message', () => {
  it('PQR-4: the header is rho and the hash of the key, under a MAC', () => {
    const { phase, authenticator } = braids.get('KeysSampled')!;
    if (phase.kind !== 'KeysSampled') throw new Error(phase.kind);
    const publicKey = P.mlKem768.publicKey(phase.seed);
    const header = concat(publicKey.subarray(1152), P.sha3_256(publicKey));
    expect(phase.header).toEqual(concat(header, macOfHeader(P, authenticator, 1, header)));
  });

  it('PQR-4, PQR-5: ct2 goes under a MAC of the whole ciphertext, with the authenticator that knows the secret', () => {
    const { phase, authenticator } = braids.get('EkReceivedCt1Sampled')!;
    if (phase.kind !== 'EkReceivedCt1Sampled') throw new Error(phase.kind);
    const ciphertext = concat(phase.ct1, phase.ct2.subarray(0, 128));
    expect(phase.ct2.subarray(128)).toEqual(macOfCiphertext(P, authenticator, 1, ciphertext));
  });

  it('PQR-5: a header with a wrong bit anywhere is refused as it completes', () => {
    const ends = twoEnds('wrong header');
    const { phase } = sendBraid(P, ends[0].random, ends[0].braid).braid;
    if (phase.kind !== 'KeysSampled') throw new Error(phase.kind);
    for (const at of [0, 31, 32, 63, 64, 95]) {
      const wrong = phase.header.with(at, phase.header[at]! ^ 1);
      let { braid } = ends[1];
      for (const index of [0, 1])
        braid = receiveBraid(P, braid, { ...part('Hdr'), chunk: chunkOf(wrong, index) }).braid;
      const last = { ...part('Hdr'), chunk: chunkOf(wrong, 2) };
      expect(() => receiveBraid(P, braid, last)).toThrow(refusal('bad-mac'));
    }
  });

  it('PQR-4: a key vector that the header did not announce is refused as it completes, acknowledged or not', () => {
    const sender = braids.get('HeaderSent')!.phase;
    if (sender.kind !== 'HeaderSent') throw new Error(sender.kind);
    const wrong = sender.keyVector.with(700, sender.keyVector[700]! ^ 1);
    for (const kind of ['Ct1Sampled', 'Ct1Acknowledged'] as const) {
      for (const type of ['Ek', 'EkCt1Ack'] as const) {
        let braid = braids.get(kind)!;
        const complete = (): void => {
          for (let index = 100; index < 140; index++) {
            braid = receiveBraid(P, braid, { ...part(type), chunk: chunkOf(wrong, index) }).braid;
          }
        };
        expect(complete).toThrow(refusal('bad-mac'));
      }
    }
  });

  it('PQR-4: a key that is none is refused although its hash was announced', () => {
    const ends = twoEnds('no key');
    const [a, b] = ends;
    talkUntil(ends, () => a.braid.phase.kind === 'HeaderSent' && b.braid.phase.kind === 'Ct1Sampled');
    const { phase } = b.braid;
    if (phase.kind !== 'Ct1Sampled') throw new Error(phase.kind);
    const vector = new Uint8Array(1152).fill(0xff); // coefficients of 4,095
    const rho = phase.header.subarray(0, 32);
    const header = concat(rho, P.sha3_256(concat(vector, rho)));
    let braid: Braid = { ...b.braid, phase: { ...phase, header } };
    const complete = (): void => {
      for (let index = 100; index < 140; index++) {
        braid = receiveBraid(P, braid, { ...part('Ek'), chunk: chunkOf(vector, index) }).braid;
      }
    };
    expect(complete).toThrow(refusal('bad-mac'));
  });

  it('PQR-5: ct1 or ct2 with a wrong bit, or a wrong MAC: refused as ct2 completes, and the right one still counts', () => {
    const ends = twoEnds('wrong ct2');
    const [a, b] = ends;
    talkUntil(ends, () => b.braid.phase.kind === 'Ct2Sampled');
    const { phase } = b.braid;
    if (phase.kind !== 'Ct2Sampled') throw new Error(phase.kind);
    for (let index = 10; index < 14; index++) a.receive({ ...part('Ct2'), chunk: chunkOf(phase.ct2, index) });
    const last = chunkOf(phase.ct2, 14);
    const before = a.braid;
    for (const at of [0, 31]) {
      const data = last.data.with(at, last.data[at]! ^ 1);
      expect(() => receiveBraid(P, before, { ...part('Ct2'), chunk: { ...last, data } })).toThrow(refusal('bad-mac'));
    }
    if (before.phase.kind !== 'EkSentCt1Received') throw new Error(before.phase.kind);
    const otherCt1: Braid = {
      ...before,
      phase: { ...before.phase, ct1: before.phase.ct1.with(5, before.phase.ct1[5]! ^ 1) },
    };
    expect(() => receiveBraid(P, otherCt1, { ...part('Ct2'), chunk: last })).toThrow(refusal('bad-mac'));
    a.receive({ ...part('Ct2'), chunk: last });
    expect(a.secrets.get(1)).toBe(b.secrets.get(1));
    expect(a.braid).toMatchObject({ epoch: 2, phase: { kind: 'NoHeaderReceived' } });
  });

  it('PQR-14: secrets go as soon as nothing needs them', () => {
    const holds = (kind: Kind): string[] => Object.keys(braids.get(kind)!.phase);
    for (const kind of ['EkReceivedCt1Sampled', 'Ct2Sampled'] as const) expect(holds(kind)).not.toContain('message');
    for (const kind of ['NoHeaderReceived', 'KeysUnsampled'] as const) expect(holds(kind)).not.toContain('seed');
    expect(holds('Ct1Acknowledged')).not.toContain('ct1');
    expect(holds('EkSentCt1Received')).not.toContain('keyVector');
  });

  it('PQR-6: after chunk 65,535 comes chunk 0', () => {
    const { phase, ...rest } = braids.get('Ct2Sampled')!;
    if (phase.kind !== 'Ct2Sampled') throw new Error(phase.kind);
    const last = sendBraid(P, noRandom, { ...rest, phase: { ...phase, next: 0xffff } });
    expect(last.chunk?.index).toBe(0xffff);
    expect(sendBraid(P, noRandom, last.braid).chunk?.index).toBe(0);
  });
});
