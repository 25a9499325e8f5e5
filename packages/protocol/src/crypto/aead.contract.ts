import { describe, expect, it } from 'vitest';
import { asView, counting, expectCode, expectOwnBytes, flipBit, hex, toHex, wrongLengths } from './bytes.contract.ts';
import { concat, utf8 } from './bytes.ts';
import type { Aead, Primitives } from './primitives.ts';

interface AeadVector {
  readonly source: string;
  readonly aead: 'aesGcm' | 'chaChaPoly' | 'xChaChaPoly';
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ad: Uint8Array;
  readonly plaintext: Uint8Array;
  /** With the tag. */
  readonly ciphertext: Uint8Array;
}

const SUNSCREEN = utf8(
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
);
const GCM_KEY = hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308');
const GCM_NONCE = hex('cafebabefacedbaddecaf888');
const GCM_PLAINTEXT =
  hex(`d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525
  b16aedf5aa0de657ba637b391aafd255`);
const GCM_CIPHERTEXT =
  hex(`522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838
  c5f61e6393ba7a0abcc9f662898015ad`);

const VECTORS: readonly AeadVector[] = [
  {
    source: 'RFC 8439, 2.8.2',
    aead: 'chaChaPoly',
    key: counting(32, 0x80),
    nonce: hex('070000004041424344454647'),
    ad: hex('50515253c0c1c2c3c4c5c6c7'),
    plaintext: SUNSCREEN,
    ciphertext: hex(`d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b
      1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9d
      e576d26586cec64b6116 1ae10b594f09e26a7e902ecbd0600691`),
  },
  {
    source: 'draft-irtf-cfrg-xchacha-03, A.3.1',
    aead: 'xChaChaPoly',
    key: counting(32, 0x80),
    nonce: counting(24, 0x40),
    ad: hex('50515253c0c1c2c3c4c5c6c7'),
    plaintext: SUNSCREEN,
    ciphertext: hex(`bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39
      ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9
      768812f615c68b13b52e c0875924c1c7987947deafd8780acf49`),
  },
  {
    source: 'GCM specification, test case 13',
    aead: 'aesGcm',
    key: new Uint8Array(32),
    nonce: new Uint8Array(12),
    ad: new Uint8Array(0),
    plaintext: new Uint8Array(0),
    ciphertext: hex('530f8afbc74536b9a963b4f1c4cb738b'),
  },
  {
    source: 'GCM specification, test case 15',
    aead: 'aesGcm',
    key: GCM_KEY,
    nonce: GCM_NONCE,
    ad: new Uint8Array(0),
    plaintext: GCM_PLAINTEXT,
    ciphertext: concat(GCM_CIPHERTEXT, hex('b094dac5d93471bdec1a502270e3cc6c')),
  },
  {
    source: 'GCM specification, test case 16',
    aead: 'aesGcm',
    key: GCM_KEY,
    nonce: GCM_NONCE,
    ad: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
    plaintext: GCM_PLAINTEXT.subarray(0, 60),
    ciphertext: concat(GCM_CIPHERTEXT.subarray(0, 60), hex('76fc6ece0f4e1768cddf8853bb2d551b')),
  },
];

const AEADS = ['aesGcm', 'chaChaPoly', 'xChaChaPoly'] as const;
const nonceLength = (name: (typeof AEADS)[number]): number => (name === 'xChaChaPoly' ? 24 : 12);

export function describeAeads(primitives: Primitives): void {
  describe.each(VECTORS)('$aead: $source', ({ aead: name, key, nonce, ad, plaintext, ciphertext }) => {
    const aead: Aead = primitives[name];

    it('CRYPTO-5: seals and opens', () => {
      expect(toHex(aead.seal(key, nonce, ad, plaintext))).toBe(toHex(ciphertext));
      expect(aead.open(key, nonce, ad, ciphertext)).toEqual(plaintext);
    });

    it('CRYPTO-5: every flipped bit is refused, wherever it is', () => {
      for (let bit = 0; bit < ciphertext.length * 8; bit++) {
        expect(aead.open(key, nonce, ad, flipBit(ciphertext, bit))).toBeNull();
      }
      for (let bit = 0; bit < ad.length * 8; bit++) {
        expect(aead.open(key, nonce, flipBit(ad, bit), ciphertext)).toBeNull();
      }
      expect(aead.open(flipBit(key, 0), nonce, ad, ciphertext)).toBeNull();
      expect(aead.open(key, flipBit(nonce, 95), ad, ciphertext)).toBeNull();
    });

    it('CRYPTO-5: truncated or extended is refused, with or without `out`', () => {
      for (let length = 0; length < ciphertext.length; length++) {
        expect(aead.open(key, nonce, ad, ciphertext.subarray(0, length))).toBeNull();
      }
      for (const wrong of wrongLengths(ciphertext)) {
        expect(aead.open(key, nonce, ad, wrong)).toBeNull();
        const out = new Uint8Array(Math.max(0, wrong.length - 16));
        expect(aead.open(key, nonce, ad, wrong, out)).toBeNull();
      }
    });

    it('CRYPTO-11: uses `out`, opens in place, takes views, leaves inputs alone', () => {
      const out = asView(new Uint8Array(ciphertext.length));
      const views = [key, nonce, ad, plaintext].map(asView) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      expect(aead.seal(...views, out)).toBe(out);
      expect(toHex(out)).toBe(toHex(ciphertext));
      expect(views).toEqual([key, nonce, ad, plaintext]);

      const sealed = Uint8Array.from(out);
      const opened = asView(new Uint8Array(plaintext.length));
      expect(aead.open(views[0], views[1], views[2], sealed, opened)).toBe(opened);
      expect(opened).toEqual(plaintext);
      expect(sealed).toEqual(ciphertext);

      const inPlace = out.subarray(0, plaintext.length);
      expect(aead.open(views[0], views[1], views[2], out, inPlace)).toBe(inPlace);
      expect(inPlace).toEqual(plaintext);
    });
  });

  describe.each(AEADS)('%s', (name) => {
    const aead = primitives[name];
    const key = counting(32);
    const nonce = counting(nonceLength(name), 7);
    const ad = utf8('associated');
    const plaintext = counting(100);

    it('CRYPTO-2: refuses wrong key, nonce and output lengths', () => {
      const sealed = aead.seal(key, nonce, ad, plaintext);
      for (const wrong of wrongLengths(key)) {
        expectCode('bad-length', () => aead.seal(wrong, nonce, ad, plaintext));
        expectCode('bad-length', () => aead.open(wrong, nonce, ad, sealed));
      }
      for (const wrong of wrongLengths(nonce)) {
        expectCode('bad-length', () => aead.seal(key, wrong, ad, plaintext));
        expectCode('bad-length', () => aead.open(key, wrong, ad, sealed));
      }
      for (const wrong of wrongLengths(sealed)) {
        expectCode('bad-length', () => aead.seal(key, nonce, ad, plaintext, wrong));
      }
      for (const wrong of wrongLengths(plaintext)) {
        expectCode('bad-length', () => aead.open(key, nonce, ad, sealed, wrong));
      }
    });

    it('CRYPTO-5: what a refused ciphertext leaves in `out` is not the plaintext', () => {
      const sealed = aead.seal(key, nonce, ad, plaintext);
      const out = new Uint8Array(plaintext.length);
      expect(aead.open(key, nonce, ad, flipBit(sealed, sealed.length * 8 - 1), out)).toBeNull();
      expect(out).not.toEqual(plaintext);
    });

    it('CRYPTO-11: results own their memory', () => {
      for (const length of [0, 1, 512]) {
        const sealed = aead.seal(key, nonce, ad, counting(length));
        expectOwnBytes(sealed);
        expectOwnBytes(aead.open(key, nonce, ad, sealed)!);
      }
    });
  });
}
