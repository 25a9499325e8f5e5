import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PATTERNS, SUITES, suiteName, type HandshakePattern, type NoiseToken } from './index.ts';
import { runVector, type Vector } from './vector-runner.contract.ts';

const row = (known: '' | 'i' | 'r' | 'ir', ...messages: NoiseToken[][]): HandshakePattern => ({
  initiatorStaticKnown: known.includes('i'),
  responderStaticKnown: known.includes('r'),
  messages,
});

/** The patterns of the foreign vectors: the product's, and rows that only test the loop (specification, section 7.5). */
const ROWS: Record<string, HandshakePattern> = {
  ...PATTERNS,
  NN: row('', ['e'], ['e', 'ee']),
  KK: row('ir', ['e', 'es', 'ss'], ['e', 'ee', 'se']),
  XK: row('r', ['e', 'es'], ['e', 'ee'], ['s', 'se']),
  IK: row('r', ['e', 'es', 's', 'ss'], ['e', 'ee', 'se']),
  IX: row('', ['e', 's'], ['e', 'ee', 'se', 's', 'es']),
  NNpsk2: row('', ['e'], ['e', 'ee', 'psk']),
  NXpsk2: row('', ['e'], ['e', 'ee', 's', 'es', 'psk']),
  XKpsk3: row('r', ['e', 'es'], ['e', 'ee'], ['s', 'se', 'psk']),
  XXpsk3: row('', ['e'], ['e', 'ee', 's', 'es'], ['s', 'se', 'psk']),
  KNpsk2: row('i', ['e'], ['e', 'ee', 'se', 'psk']),
  KKpsk2: row('ir', ['e', 'es', 'ss'], ['e', 'ee', 'se', 'psk']),
  INpsk2: row('', ['e', 's'], ['e', 'ee', 'se', 'psk']),
  IKpsk2: row('r', ['e', 'es', 's', 'ss'], ['e', 'ee', 'se', 'psk']),
  IXpsk2: row('', ['e', 's'], ['e', 'ee', 'se', 's', 'es', 'psk']),
};

const load = (path: URL): Vector[] => (JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector[] }).vectors;

const FOREIGN = new URL('../../../../../shared/vectors/noise-cacophony.json', import.meta.url);
const foreignHere = existsSync(FOREIGN);
if (!foreignHere) console.info('noise: skipped the cacophony vectors: ../shared/vectors is not beside the repository');

describe.skipIf(!foreignHere)('NOISE-1: vectors of another implementation (cacophony)', () => {
  const vectors = foreignHere ? load(FOREIGN) : [];

  it('NOISE-1: there are 32', () => {
    expect(vectors).toHaveLength(32);
  });

  it.each(vectors.map((vector) => [vector.protocol_name, vector] as const))('NOISE-1: %s', (_, vector) => {
    const { handshake_hash, messages } = runVector(vector, ROWS);
    expect(messages).toEqual(vector.messages);
    expect(handshake_hash).toBe(vector.handshake_hash);
  });
});

describe('NOISE-1: own vectors, across two rekeys', () => {
  const vectors = load(new URL('vectors.json', import.meta.url));

  it('NOISE-1: there is one for every suite', () => {
    expect(vectors.map((vector) => vector.protocol_name)).toEqual(SUITES.map(suiteName));
  });

  it.each(vectors.map((vector) => [vector.protocol_name, vector] as const))('NOISE-1: %s', (_, vector) => {
    const { handshake_hash, messages } = runVector(vector, PATTERNS);
    expect(messages).toEqual(vector.messages);
    expect(handshake_hash).toBe(vector.handshake_hash);
  });

  it('NOISE-5: the rekey changes the messages behind it, and only those', () => {
    for (const vector of vectors) {
      const { rekey_interval: interval, ...without } = vector;
      const shaken = PATTERNS[vector.protocol_name.split('_')[1] as 'XX'].messages.length;
      const plain = runVector(without, PATTERNS).messages;
      vector.messages.forEach(({ ciphertext }, i) => {
        const same = i < shaken + interval! * 2;
        expect(ciphertext === plain[i]!.ciphertext).toBe(same);
      });
    }
  });
});
