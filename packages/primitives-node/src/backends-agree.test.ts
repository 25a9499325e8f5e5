import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CryptoError, noblePrimitives, xeddsaSign, xeddsaVerify, type Primitives } from '@sotto/protocol/crypto';
import { createNodePrimitives } from './node-primitives.ts';
import { loadSodium } from './sodium.ts';

/*
 * CRYPTO-1: whatever goes in, every backend answers as the reference does: the same bytes, the same null, the same
 * error code.
 */
const sodium = loadSodium();
const backends: readonly Primitives[] = [
  createNodePrimitives(null),
  ...(sodium === null ? [] : [createNodePrimitives(sodium)]),
];

const bytes = (minLength: number, maxLength = minLength): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength });
/** Mostly the right length, sometimes not. */
const about = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof({ weight: 9, arbitrary: bytes(length) }, { weight: 1, arbitrary: bytes(0, length + 2) });
const data = bytes(0, 700);
const bit = fc.nat({ max: 4095 });

function flipped(source: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(source);
  if (copy.length > 0) copy[(at >> 3) % copy.length]! ^= 1 << (at & 7);
  return copy;
}

function answer(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof CryptoError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

function expectAgreement<Input extends readonly unknown[]>(
  runs: number,
  arbitraries: { [K in keyof Input]: fc.Arbitrary<Input[K]> },
  compute: (primitives: Primitives, ...input: Input) => unknown,
): void {
  fc.assert(
    fc.property(fc.tuple(...(arbitraries as unknown as fc.Arbitrary<unknown>[])), (input) => {
      const expected = answer(() => compute(noblePrimitives, ...(input as unknown as Input)));
      for (const backend of backends) {
        expect(answer(() => compute(backend, ...(input as unknown as Input)))).toEqual(expected);
      }
    }),
    { numRuns: runs },
  );
}

describe.each([
  ['aesGcm', 12],
  ['chaChaPoly', 12],
  ['xChaChaPoly', 24],
] as const)('CRYPTO-1: %s', (name, nonceLength) => {
  it('seals alike', () => {
    expectAgreement(300, [about(32), about(nonceLength), data, data], (p, key, nonce, ad, plaintext) =>
      p[name].seal(key, nonce, ad, plaintext),
    );
  });

  it('opens alike, what was sealed and what was changed', () => {
    expectAgreement(
      300,
      [bytes(32), bytes(nonceLength), data, data, bit, fc.boolean()],
      (p, key, nonce, ad, text, at, change) => {
        const sealed = p[name].seal(key, nonce, ad, text);
        return p[name].open(key, nonce, ad, change ? flipped(sealed, at) : sealed);
      },
    );
  });

  it('opens arbitrary bytes alike', () => {
    expectAgreement(100, [about(32), about(nonceLength), data, data], (p, key, nonce, ad, ciphertext) =>
      p[name].open(key, nonce, ad, ciphertext),
    );
  });
});

describe('CRYPTO-1: hashes and derivations', () => {
  it('hash alike', () => {
    expectAgreement(300, [data], (p, input) => [p.sha256(input), p.sha512(input), p.sha3_256(input)]);
    expectAgreement(100, [data, fc.integer({ min: -1, max: 300 })], (p, input, length) => p.shake256(input, length));
    expectAgreement(200, [data, data], (p, key, input) => p.hmacSha256(key, input));
  });

  it('derive alike, with long info too', () => {
    const info = bytes(0, 1500);
    expectAgreement(300, [data, data, info, fc.integer({ min: -1, max: 300 })], (p, salt, secret, context, length) =>
      p.hkdf(salt, secret, context, length),
    );
  });

  it('stretch passwords alike', () => {
    const cost = fc.record({ memoryKiB: fc.integer({ min: 7, max: 64 }), passes: fc.integer({ min: 0, max: 3 }) });
    expectAgreement(
      60,
      [bytes(0, 40), bytes(7, 20), cost, fc.integer({ min: 3, max: 70 })],
      (p, password, salt, c, length) => p.argon2id(password, salt, c, length),
    );
  });

  it('compare alike', () => {
    expectAgreement(200, [data, bit, fc.boolean()], (p, a, at, change) =>
      p.equal(a, change ? flipped(a, at) : Uint8Array.from(a)),
    );
    expectAgreement(100, [data, data], (p, a, b) => p.equal(a, b));
  });
});

describe('CRYPTO-1: AES-256-CBC', () => {
  it('encrypts alike', () => {
    expectAgreement(200, [about(32), about(16), data], (p, key, iv, plaintext) => p.aesCbc.encrypt(key, iv, plaintext));
  });

  it('decrypts alike, changed last blocks above all', () => {
    const change = fc.option(fc.nat({ max: 255 }), { nil: null });
    expectAgreement(500, [bytes(32), bytes(16), bytes(0, 100), change], (p, key, iv, plaintext, at) => {
      const sealed = p.aesCbc.encrypt(key, iv, plaintext);
      // A change in the block before the last one changes the padding under it.
      return p.aesCbc.decrypt(
        key,
        iv,
        at === null ? sealed : flipped(sealed, Math.max(0, sealed.length * 8 - 256) + at),
      );
    });
    expectAgreement(200, [bytes(32), bytes(16), data], (p, key, iv, ciphertext) =>
      p.aesCbc.decrypt(key, iv, ciphertext),
    );
  });
});

describe('CRYPTO-1: curves', () => {
  it('agree on X25519, with any 32 bytes as key', () => {
    expectAgreement(60, [about(32), about(32)], (p, secret, key) => [
      answer(() => p.x25519.publicKey(secret)),
      answer(() => p.x25519.sharedSecret(secret, key)),
    ]);
  });

  it('sign alike and judge alike', () => {
    expectAgreement(60, [about(32), data], (p, seed, message) => [
      p.ed25519.publicKey(seed),
      p.ed25519.sign(seed, message),
    ]);
    expectAgreement(60, [bytes(32), data, bit, fc.boolean()], (p, seed, message, at, change) => {
      const signature = p.ed25519.sign(seed, message);
      return p.ed25519.verify(p.ed25519.publicKey(seed), message, change ? flipped(signature, at) : signature);
    });
    expectAgreement(60, [about(32), data, about(64)], (p, key, message, signature) =>
      p.ed25519.verify(key, message, signature),
    );
  });

  it('judge XEdDSA signatures alike', () => {
    expectAgreement(30, [bytes(32), data, bytes(64), bit, fc.boolean()], (p, secret, message, random, at, change) => {
      const signature = xeddsaSign(p, secret, message, random);
      const judged = change ? flipped(signature, at) : signature;
      return [signature, xeddsaVerify(p.x25519.publicKey(secret), message, judged, p)];
    });
  });
});

describe.each(['mlKem768', 'mlKem1024'] as const)('CRYPTO-1: %s', (name) => {
  it('derives and decapsulates alike; each opens what another made', () => {
    expectAgreement(20, [about(64), bit], (p, seed, at) => {
      const publicKey = p[name].publicKey(seed);
      const made = noblePrimitives[name].encapsulate(publicKey, () => seed.subarray(0, 32));
      const own = p[name].encapsulate(publicKey, () => seed.subarray(32));
      return {
        publicKey,
        opened: p[name].decapsulate(seed, made.ciphertext),
        rejected: p[name].decapsulate(seed, flipped(made.ciphertext, at)),
        ownOpens: noblePrimitives.equal(noblePrimitives[name].decapsulate(seed, own.ciphertext), own.sharedSecret),
      };
    });
  });

  it('refuses the same public keys', () => {
    const honest = noblePrimitives[name].publicKey(Uint8Array.from({ length: 64 }, (_, i) => i));
    const at = fc.nat({ max: honest.length - 1 });
    expectAgreement(100, [at, fc.nat({ max: 255 })], (p, index, value) => {
      const key = Uint8Array.from(honest);
      key[index] = value;
      return p[name].encapsulate(key, () => new Uint8Array(32)).ciphertext.length;
    });
  });
});
