import { describe, expect, it } from 'vitest';
import { asView, counting, expectCode, expectOwnBytes, flipBit, hex, toHex, wrongLengths } from './bytes.contract.ts';
import { utf8 } from './bytes.ts';
import { ED25519_ACCEPTED, ED25519_REFUSED } from './ed25519-cases.contract.ts';
import type { Primitives } from './primitives.ts';

/** RFC 7748, section 5.2; the last u has its unused top bit set. */
const AGREEMENTS = [
  {
    secret: 'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    u: 'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    shared: 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  },
  {
    secret: '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    u: 'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    shared: '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  },
] as const;

/** RFC 7748, section 6.1. */
const ALICE = {
  secret: hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'),
  key: hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'),
};
const BOB = {
  secret: hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'),
  key: hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'),
};
const ALICE_AND_BOB = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';

/** Every u whose order divides 8, on the curve or its twist, also unreduced ("May the Fourth be with you", table 1). */
const SMALL_ORDER_U = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
] as const;

export function describeX25519(primitives: Primitives): void {
  const { x25519 } = primitives;

  describe('X25519', () => {
    it.each(AGREEMENTS)('CRYPTO-4: RFC 7748, 5.2: $u', ({ secret, u, shared }) => {
      expect(toHex(x25519.sharedSecret(hex(secret), hex(u)))).toBe(shared);
    });

    it('CRYPTO-4: RFC 7748, 5.2: a thousand iterations', () => {
      let k = hex('09'.padEnd(64, '0'));
      let u = k;
      for (let i = 0; i < 1000; i++) [k, u] = [x25519.sharedSecret(k, u), k];
      expect(toHex(k)).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
    });

    it('CRYPTO-4: RFC 7748, 6.1: two sides agree', () => {
      expect(x25519.publicKey(ALICE.secret)).toEqual(ALICE.key);
      expect(x25519.publicKey(BOB.secret)).toEqual(BOB.key);
      expect(toHex(x25519.sharedSecret(ALICE.secret, BOB.key))).toBe(ALICE_AND_BOB);
      expect(toHex(x25519.sharedSecret(BOB.secret, ALICE.key))).toBe(ALICE_AND_BOB);
    });

    it.each(SMALL_ORDER_U)('CRYPTO-4: small order is refused: %s', (u) => {
      expectCode('bad-point', () => x25519.sharedSecret(ALICE.secret, hex(u)));
      expectCode('bad-point', () => x25519.sharedSecret(ALICE.secret, flipBit(hex(u), 255)));
    });

    it('CRYPTO-4: u is taken modulo p, without its top bit', () => {
      const nine = hex('09'.padEnd(64, '0'));
      const unreduced = hex(`f6${'ff'.repeat(30)}7f`); // 9 + p
      for (const same of [flipBit(nine, 255), unreduced, flipBit(unreduced, 255)]) {
        expect(x25519.sharedSecret(ALICE.secret, same)).toEqual(ALICE.key);
      }
    });

    it('CRYPTO-2, CRYPTO-11: lengths are checked; inputs stay, results own their memory', () => {
      for (const wrong of wrongLengths(ALICE.secret)) {
        expectCode('bad-length', () => x25519.publicKey(wrong));
        expectCode('bad-length', () => x25519.sharedSecret(wrong, BOB.key));
        expectCode('bad-length', () => x25519.sharedSecret(ALICE.secret, wrong));
      }
      const secret = asView(ALICE.secret);
      const key = asView(BOB.key);
      expect(toHex(x25519.sharedSecret(secret, key))).toBe(ALICE_AND_BOB);
      expect([secret, key]).toEqual([ALICE.secret, BOB.key]);
      expectOwnBytes(x25519.publicKey(secret));
      expectOwnBytes(x25519.sharedSecret(secret, key));
    });

    it('CRYPTO-12: an overwritten secret key does not answer for the old one', () => {
      const secret = Uint8Array.from(ALICE.secret);
      x25519.sharedSecret(secret, BOB.key);
      secret.set(BOB.secret);
      expect(x25519.publicKey(secret)).toEqual(BOB.key);
      expect(toHex(x25519.sharedSecret(secret, ALICE.key))).toBe(ALICE_AND_BOB);
    });
  });
}

/** RFC 8032, section 7.1. */
export const ED25519_VECTORS = [
  {
    name: 'TEST 1',
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature: `e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555
      fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b`,
  },
  {
    name: 'TEST 2',
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature: `92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0
      85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00`,
  },
  {
    name: 'TEST 3',
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature: `6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1
      8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a`,
  },
] as const;

export function describeEd25519(primitives: Primitives): void {
  const { ed25519 } = primitives;

  describe.each(ED25519_VECTORS)('Ed25519: RFC 8032, 7.1: $name', (vector) => {
    const seed = hex(vector.seed);
    const publicKey = hex(vector.publicKey);
    const message = hex(vector.message);
    const signature = hex(vector.signature);

    it('CRYPTO-3: derives, signs and verifies', () => {
      expect(ed25519.publicKey(seed)).toEqual(publicKey);
      expect(ed25519.sign(seed, message)).toEqual(signature);
      expect(ed25519.verify(publicKey, message, signature)).toBe(true);
      expect(ed25519.verify(asView(publicKey), asView(message), asView(signature))).toBe(true);
    });

    it('CRYPTO-3: a flipped bit or another length is refused', () => {
      for (let bit = 0; bit < 512; bit += 7) {
        expect(ed25519.verify(publicKey, message, flipBit(signature, bit))).toBe(false);
      }
      for (const bit of [509, 510, 511]) {
        expect(ed25519.verify(publicKey, message, flipBit(signature, bit))).toBe(false);
      }
      for (let bit = 0; bit < 256; bit += 17) {
        expect(ed25519.verify(flipBit(publicKey, bit), message, signature)).toBe(false);
      }
      expect(ed25519.verify(publicKey, Uint8Array.from([...message, 0]), signature)).toBe(false);
      for (const wrong of wrongLengths(signature)) expect(ed25519.verify(publicKey, message, wrong)).toBe(false);
      for (const wrong of wrongLengths(publicKey)) expect(ed25519.verify(wrong, message, signature)).toBe(false);
    });
  });

  describe('Ed25519', () => {
    it.each(ED25519_ACCEPTED)('CRYPTO-3: accepts $name', ({ publicKey, message, signature }) => {
      expect(ed25519.verify(publicKey, message, signature)).toBe(true);
    });

    it.each(ED25519_REFUSED)('CRYPTO-3: refuses $name', ({ publicKey, message, signature }) => {
      expect(ed25519.verify(publicKey, message, signature)).toBe(false);
    });

    it('CRYPTO-2, CRYPTO-11: seeds are checked; results own their memory', () => {
      for (const wrong of wrongLengths(counting(32))) {
        expectCode('bad-length', () => ed25519.publicKey(wrong));
        expectCode('bad-length', () => ed25519.sign(wrong, utf8('x')));
      }
      expectOwnBytes(ed25519.publicKey(counting(32)));
      expectOwnBytes(ed25519.sign(counting(32), utf8('x')));
    });

    it('CRYPTO-12: an overwritten seed does not answer for the old one', () => {
      const seed = hex(ED25519_VECTORS[0].seed);
      const publicKey = ed25519.publicKey(seed);
      seed.set(hex(ED25519_VECTORS[1].seed));
      expect(toHex(ed25519.publicKey(seed))).toBe(ED25519_VECTORS[1].publicKey);
      expect(ed25519.verify(publicKey, utf8('x'), ed25519.sign(seed, utf8('x')))).toBe(false);
    });

    it('CRYPTO-12: a changed result changes no later one', () => {
      const seed = counting(32);
      const first = ed25519.publicKey(seed);
      const copy = Uint8Array.from(first);
      first.fill(0);
      expect(ed25519.publicKey(seed)).toEqual(copy);
    });
  });
}
