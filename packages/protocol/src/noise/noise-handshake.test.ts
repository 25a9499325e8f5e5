import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noblePrimitives as primitives } from '../crypto/index.ts';
import {
  NoiseError,
  NoiseHandshake,
  parseSuite,
  PATTERNS,
  SUITES,
  suiteName,
  type NoiseErrorCode,
  type NoiseHandshakeOptions,
} from './index.ts';
import { bytes, sidesOf, type Vector } from './vector-runner.contract.ts';

const { vectors } = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as {
  vectors: Vector[];
};
const named = vectors.map((vector) => [vector.protocol_name, vector] as const);
const vectorOf = (name: string): Vector =>
  vectors.find((vector) => vector.protocol_name === `Noise_${name}_25519_ChaChaPoly_SHA256`)!;
const XX = vectorOf('XX');
const NK = vectorOf('NK');
const XXpsk2 = vectorOf('XXpsk2');

function codeOf(work: () => unknown): NoiseErrorCode | 'nothing thrown' {
  try {
    work();
    return 'nothing thrown';
  } catch (error) {
    if (error instanceof NoiseError) return error.code;
    throw error;
  }
}

/**
 * Runs a handshake in which one message is replaced on its way.
 *
 * @returns the error with which a side noticed; 'nothing thrown' when both sides completed
 */
function withChange(
  vector: Vector,
  at: number,
  change: (message: Uint8Array) => Uint8Array,
): NoiseErrorCode | 'nothing thrown' {
  let [writer, reader] = sidesOf(vector, PATTERNS);
  return codeOf(() => {
    for (let i = 0; !writer.complete; i++) {
      const message = writer.writeMessage(bytes(vector.messages[i]!.payload));
      reader.readMessage(i === at ? change(message) : message);
      [writer, reader] = [reader, writer];
    }
  });
}

const lengthOf = (vector: Vector, at: number): number => vector.messages[at]!.ciphertext.length / 2;
const stepsOf = (vector: Vector): number[] => [...PATTERNS[vector.protocol_name.split('_')[1] as 'XX'].messages.keys()];

/** First and last bytes of every part, and some between. */
const sampled = (length: number): number[] =>
  [0, 1, 15, 16, 31, 32, 33, 47, 48, 63, 64, 79, 80, 81, 95, 96, 97, 111, 112]
    .filter((at) => at < length - 1)
    .concat(length - 1);

describe('NOISE-2: a handshake completes unchanged or not at all', () => {
  it.each(named)('NOISE-2: %s: every sampled byte changed, in every message', (_, vector) => {
    for (const at of stepsOf(vector)) {
      for (const offset of sampled(lengthOf(vector, at))) {
        const flip = (message: Uint8Array): Uint8Array => message.with(offset, message[offset]! ^ (1 << (offset % 8)));
        expect(withChange(vector, at, flip)).toMatch(/^(decrypt|bad-point)$/);
      }
    }
  });

  it('NOISE-2: the bit of a public key that X25519 ignores changes the handshake all the same', () => {
    for (const at of [0, 1]) {
      expect(withChange(XX, at, (message) => message.with(31, message[31]! ^ 0x80))).toBe('decrypt');
    }
  });

  it.each(named)('NOISE-2: %s: messages cut short', (_, vector) => {
    for (const at of stepsOf(vector)) {
      const length = lengthOf(vector, at);
      for (const cut of new Set([0, 1, 31, 32, 33, 47, 48, 49, 79, 80, 95, 96, length - 1])) {
        if (cut >= length) continue;
        expect(withChange(vector, at, (message) => message.subarray(0, cut))).toMatch(/^(decrypt|too-short)$/);
      }
    }
  });

  it.each(named)('NOISE-2: %s: messages extended', (_, vector) => {
    for (const at of stepsOf(vector)) {
      for (const more of [1, 16, 1000]) {
        const extend = (message: Uint8Array): Uint8Array => Uint8Array.from([...message, ...new Uint8Array(more)]);
        expect(withChange(vector, at, extend)).toBe('decrypt');
      }
    }
  });

  it('NOISE-2: a message above 65,535 bytes is neither read nor written', () => {
    expect(withChange(XX, 0, () => new Uint8Array(65_536))).toBe('too-large');
    const [initiator] = sidesOf(XX, PATTERNS);
    expect(codeOf(() => initiator.writeMessage(new Uint8Array(65_504)))).toBe('too-large');
    const [another, responder] = sidesOf(XX, PATTERNS);
    expect(responder.readMessage(another.writeMessage(new Uint8Array(65_503)))).toHaveLength(65_503);
  });

  it.each<[string, Vector, Partial<Vector>]>([
    ['prologue', XX, { resp_prologue: '00' }],
    ['pre-shared key', XXpsk2, { resp_psks: ['11'.repeat(32)] }],
    ['pre-shared key', vectorOf('NKpsk2'), { resp_psks: ['11'.repeat(32)] }],
    ['static key of the responder', NK, { resp_static: '11'.repeat(32) }],
    ['cipher', XX, { protocol_name: 'Noise_XX_25519_AESGCM_SHA256' }],
    ['pattern', XX, { ...XXpsk2, resp_static: XX.resp_static!, resp_ephemeral: XX.resp_ephemeral }],
  ])('NOISE-2: another %s', (_, vector, change) => {
    const [initiator] = sidesOf(vector, PATTERNS);
    const [, responder] = sidesOf({ ...vector, ...change }, PATTERNS);
    const code = codeOf(() => {
      responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
      initiator.readMessage(responder.writeMessage(new Uint8Array(0)));
    });
    expect(code).toBe('decrypt');
  });
});

describe('NOISE-3: keys that make the shared secret zero', () => {
  const SMALL_ORDER = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
  ];

  it.each(SMALL_ORDER)('NOISE-3: as ephemeral: %s', (point) => {
    const put = (message: Uint8Array): Uint8Array => Uint8Array.from([...bytes(point), ...message.subarray(32)]);
    expect(withChange(NK, 0, put)).toBe('bad-point');
    expect(withChange(NK, 1, put)).toBe('bad-point');
    expect(withChange(XX, 1, put)).toBe('bad-point');
    // In XX the first key is used only when the second message is written.
    expect(withChange(XX, 0, put)).toBe('bad-point');
  });

  it('NOISE-3: as the known static key', () => {
    const [initiator] = sidesOf({ ...NK, init_remote_static: SMALL_ORDER[0]! }, PATTERNS);
    expect(codeOf(() => initiator.writeMessage(new Uint8Array(0)))).toBe('bad-point');
  });
});

describe('NOISE-4: turns and failures', () => {
  it('NOISE-4: out of turn', () => {
    const [initiator, responder] = sidesOf(XX, PATTERNS);
    expect([initiator.writing, responder.writing]).toEqual([true, false]);
    expect(codeOf(() => initiator.readMessage(new Uint8Array(32)))).toBe('wrong-state');
    expect(codeOf(() => responder.writeMessage(new Uint8Array(0)))).toBe('wrong-state');
    expect(codeOf(() => initiator.split())).toBe('wrong-state');
    // None of this was a failure of the handshake.
    expect(responder.readMessage(initiator.writeMessage(bytes('0102')))).toEqual(bytes('0102'));
  });

  it('NOISE-4: after one failed message the handshake is dead, and knows nobody', () => {
    const [initiator, responder] = sidesOf(XX, PATTERNS);
    responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
    const good = responder.writeMessage(new Uint8Array(0));
    // The static key opens, the payload behind it does not.
    expect(codeOf(() => initiator.readMessage(good.with(good.length - 1, good.at(-1)! ^ 1)))).toBe('decrypt');
    expect(initiator.remoteStatic).toBeNull();
    expect(codeOf(() => initiator.readMessage(good))).toBe('wrong-state');
    expect(codeOf(() => initiator.writeMessage(new Uint8Array(0)))).toBe('wrong-state');
    expect(codeOf(() => initiator.split())).toBe('wrong-state');
    expect([initiator.complete, initiator.writing]).toEqual([false, false]);
  });

  it('NOISE-4: split works once', () => {
    const [initiator, responder] = sidesOf(NK, PATTERNS);
    responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
    initiator.readMessage(responder.writeMessage(new Uint8Array(0)));
    initiator.split();
    expect(codeOf(() => initiator.split())).toBe('wrong-state');
    expect(codeOf(() => initiator.writeMessage(new Uint8Array(0)))).toBe('wrong-state');
  });

  it('NOISE-4: remoteStatic is known when it was received', () => {
    const [initiator, responder] = sidesOf(XX, PATTERNS);
    expect(initiator.remoteStatic).toBeNull();
    responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
    initiator.readMessage(responder.writeMessage(new Uint8Array(0)));
    expect(initiator.remoteStatic).toEqual(primitives.x25519.publicKey(bytes(XX.resp_static!)));
    responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
    expect(responder.remoteStatic).toEqual(primitives.x25519.publicKey(bytes(XX.init_static!)));
  });

  it('NOISE-4: keys do not depend on a message buffer that is used again', () => {
    const [initiator, responder] = sidesOf(XX, PATTERNS);
    const buffer = Buffer.alloc(200);
    const deliver = (from: NoiseHandshake, to: NoiseHandshake): void => {
      const message = from.writeMessage(new Uint8Array(0));
      buffer.set(message);
      to.readMessage(buffer.subarray(0, message.length));
      buffer.fill(0xaa);
    };
    deliver(initiator, responder);
    deliver(responder, initiator);
    deliver(initiator, responder);
    expect(initiator.handshakeHash).toEqual(responder.handshakeHash);
  });

  it('NOISE-4: a key the pattern needs must be given', () => {
    const base: NoiseHandshakeOptions = {
      primitives,
      random: (length) => new Uint8Array(length).fill(1),
      suite: { pattern: 'XX', cipher: 'AESGCM' },
      initiator: true,
      prologue: new Uint8Array(0),
    };
    const localStatic = { secretKey: bytes(XX.init_static!), publicKey: new Uint8Array(32).fill(2) };
    const make = (changes: Partial<NoiseHandshakeOptions>) => () => new NoiseHandshake({ ...base, ...changes });
    expect(codeOf(make({}))).toBe('missing-key');
    expect(codeOf(make({ localStatic }))).toBe('nothing thrown');
    expect(codeOf(make({ localStatic, suite: { pattern: 'XXpsk2', cipher: 'AESGCM' } }))).toBe('missing-key');
    const nk = { pattern: 'NK', cipher: 'AESGCM' } as const;
    expect(codeOf(make({ suite: nk }))).toBe('missing-key');
    expect(codeOf(make({ suite: nk, remoteStatic: new Uint8Array(31) }))).toBe('missing-key');
    expect(codeOf(make({ suite: nk, remoteStatic: new Uint8Array(32).fill(9) }))).toBe('nothing thrown');
    expect(codeOf(make({ suite: nk, initiator: false }))).toBe('missing-key');
    const short = new Uint8Array(31);
    expect(codeOf(make({ localStatic, psk: short, suite: { pattern: 'XXpsk2', cipher: 'AESGCM' } }))).toBe(
      'missing-key',
    );
  });
});

describe('NOISE-6: names', () => {
  it('NOISE-6: every suite has one name and is found by it', () => {
    expect(SUITES).toHaveLength(8);
    for (const suite of SUITES) expect(parseSuite(suiteName(suite))).toEqual(suite);
    expect(suiteName({ pattern: 'XXpsk2', cipher: 'AESGCM' })).toBe('Noise_XXpsk2_25519_AESGCM_SHA256');
  });

  it('NOISE-6: anything else is no suite', () => {
    for (const name of [
      '',
      'Noise_NN_25519_AESGCM_SHA256',
      'Noise_XX_448_AESGCM_SHA256',
      'noise_xx_25519_aesgcm_sha256',
    ]) {
      expect(parseSuite(name)).toBeNull();
    }
  });
});
