import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CryptoError, noblePrimitives, type Random } from '../crypto/index.ts';
import { codeOf, flipBit, seededRandom } from '../identity/identity.fixture.ts';
import { KEM_X_WING, keySchedule } from './hpke.ts';
import { xWingDecapsulate, xWingEncapsulate, xWingPublicKey } from './x-wing.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const load = (name: string): { vectors: unknown } =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as { vectors: unknown };

interface XWingVector {
  seed: string;
  eseed: string;
  ss: string;
  sk: string;
  pk: string;
  ct: string;
}
interface HpkeVector {
  name: string;
  kem_id: number;
  info: string;
  shared_secret: string;
  key: string;
  base_nonce: string;
  encryptions: { sequence: number; pt: string; aad: string; nonce: string; ct: string }[];
}

const xWingVectors = load('x-wing-vectors.json').vectors as XWingVector[];
const hpkeVectors = load('hpke-vectors.json').vectors as HpkeVector[];

/** Hands out the vector's randomness in the order the draft uses it. */
function replay(hex: string): Random {
  let rest = bytes(hex);
  return (length) => {
    const next = rest.slice(0, length);
    rest = rest.slice(length);
    return next;
  };
}

describe('X-Wing', () => {
  it('SEAL-2: three vectors of the draft, byte by byte', () => {
    expect(xWingVectors).toHaveLength(3);
    for (const vector of xWingVectors) {
      const publicKey = xWingPublicKey(noblePrimitives, bytes(vector.sk));
      expect(publicKey).toEqual(bytes(vector.pk));
      const { ciphertext, sharedSecret } = xWingEncapsulate(noblePrimitives, replay(vector.eseed), publicKey);
      expect(ciphertext).toEqual(bytes(vector.ct));
      expect(sharedSecret).toEqual(bytes(vector.ss));
      const key = { seed: bytes(vector.sk), publicKey };
      expect(xWingDecapsulate(noblePrimitives, key, bytes(vector.ct))).toEqual(bytes(vector.ss));
    }
  });

  const vector = xWingVectors[0] as XWingVector;
  const key = { seed: bytes(vector.sk), publicKey: bytes(vector.pk) };
  const ciphertext = bytes(vector.ct);

  it('SEAL-2: a flipped bit anywhere in the ciphertext gives another secret', () => {
    for (let byte = 0; byte < ciphertext.length; byte += 41) {
      const bit = byte * 8 + (byte % 8);
      expect(xWingDecapsulate(noblePrimitives, key, flipBit(ciphertext, bit)), `bit ${bit}`).not.toEqual(
        bytes(vector.ss),
      );
    }
    // RFC 7748 ignores the top bit of an X25519 value; the combiner hashes it, so it still changes the secret.
    expect(xWingDecapsulate(noblePrimitives, key, flipBit(ciphertext, 1120 * 8 - 1))).not.toEqual(bytes(vector.ss));
  });

  it('SEAL-2: cut and extended keys and ciphertexts are refused', () => {
    for (const wrong of [ciphertext.subarray(1), ciphertext.subarray(0, -1), new Uint8Array(1121), new Uint8Array(0)]) {
      expect(() => xWingDecapsulate(noblePrimitives, key, wrong)).toThrow(CryptoError);
    }
    for (const wrong of [key.publicKey.subarray(0, -1), new Uint8Array(1217), new Uint8Array(0)]) {
      expect(() => xWingEncapsulate(noblePrimitives, seededRandom('x'), wrong)).toThrow(CryptoError);
    }
    expect(codeOf(() => xWingPublicKey(noblePrimitives, key.seed.subarray(1)))).toBe('bad-length');
  });

  it('SEAL-2: X25519 parts of small order are refused on both sides', () => {
    for (const point of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
      const small = Uint8Array.from(ciphertext);
      small.set(point, 1088);
      expect(codeOf(() => xWingDecapsulate(noblePrimitives, key, small))).toBe('bad-point');
      const publicKey = Uint8Array.from(key.publicKey);
      publicKey.set(point, 1184);
      expect(codeOf(() => xWingEncapsulate(noblePrimitives, seededRandom('x'), publicKey))).toBe('bad-point');
    }
  });

  it('SEAL-2: an ML-KEM key with a coefficient above the modulus is refused', () => {
    const publicKey = Uint8Array.from(key.publicKey).fill(0xff, 0, 2);
    expect(codeOf(() => xWingEncapsulate(noblePrimitives, seededRandom('x'), publicKey))).toBe('bad-key');
  });

  it('SEAL-2: an overwritten seed no longer opens what it opened before', () => {
    const seed = bytes(vector.sk);
    const own = { seed, publicKey: key.publicKey };
    expect(xWingDecapsulate(noblePrimitives, own, ciphertext)).toEqual(bytes(vector.ss));
    seed.fill(0);
    expect(xWingDecapsulate(noblePrimitives, own, ciphertext)).not.toEqual(bytes(vector.ss));
  });
});

describe('HPKE', () => {
  it.each(hpkeVectors)('SEAL-2: key schedule and first encryption of RFC 9180, $name', (vector) => {
    const { key, baseNonce } = keySchedule(
      noblePrimitives,
      vector.kem_id,
      bytes(vector.shared_secret),
      bytes(vector.info),
    );
    expect(key).toEqual(bytes(vector.key));
    expect(Uint8Array.from(baseNonce)).toEqual(bytes(vector.base_nonce));
    const [first] = vector.encryptions as [HpkeVector['encryptions'][0]];
    expect(first.sequence).toBe(0);
    const sealed = noblePrimitives.chaChaPoly.seal(key, baseNonce, bytes(first.aad), bytes(first.pt));
    expect(Uint8Array.from(sealed)).toEqual(bytes(first.ct));
  });

  it('SEAL-2: the schedule depends on KEM, secret and info', () => {
    const secret = bytes((hpkeVectors[0] as HpkeVector).shared_secret);
    const info = new Uint8Array(3);
    const schedules = [
      keySchedule(noblePrimitives, KEM_X_WING, secret, info),
      keySchedule(noblePrimitives, 0x0020, secret, info),
      keySchedule(noblePrimitives, KEM_X_WING, flipBit(secret, 9), info),
      keySchedule(noblePrimitives, KEM_X_WING, secret, new Uint8Array(4)),
    ];
    expect(new Set(schedules.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(4);
    expect(new Set(schedules.map(({ baseNonce }) => Buffer.from(baseNonce).toString('hex'))).size).toBe(4);
  });
});
