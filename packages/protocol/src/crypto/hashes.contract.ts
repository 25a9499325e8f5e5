import { describe, expect, it } from 'vitest';
import { asView, counting, expectCode, expectOwnBytes, flipBit, hex, toHex, wrongLengths } from './bytes.contract.ts';
import { utf8 } from './bytes.ts';
import type { Primitives } from './primitives.ts';

const TWO_BLOCKS = utf8('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq');

export function describeHashes(primitives: Primitives): void {
  describe('hashes', () => {
    it('CRYPTO-8: FIPS 180-4 and FIPS 202 examples', () => {
      const { sha256, sha512, sha3_256, shake256 } = primitives;
      const empty = new Uint8Array(0);
      const abc = utf8('abc');
      expect(toHex(sha256(empty))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
      expect(toHex(sha256(abc))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
      expect(toHex(sha256(TWO_BLOCKS))).toBe('248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1');
      const manyA = utf8('a'.repeat(1_000_000));
      expect(toHex(sha256(manyA))).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
      expect(toHex(sha512(abc))).toBe(
        'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a' +
          '2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      );
      expect(toHex(sha3_256(empty))).toBe('a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a');
      expect(toHex(sha3_256(abc))).toBe('3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532');
      expect(toHex(shake256(empty, 64))).toBe(
        '46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f' +
          'd75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be',
      );
    });

    it('CRYPTO-8: RFC 4231, cases 1, 2 and 6, and an empty key', () => {
      const { hmacSha256 } = primitives;
      expect(toHex(hmacSha256(new Uint8Array(20).fill(0x0b), utf8('Hi There')))).toBe(
        'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      );
      expect(toHex(hmacSha256(utf8('Jefe'), utf8('what do ya want for nothing?')))).toBe(
        '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      );
      const long = utf8('Test Using Larger Than Block-Size Key - Hash Key First');
      expect(toHex(hmacSha256(new Uint8Array(131).fill(0xaa), long))).toBe(
        '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
      );
      expect(toHex(hmacSha256(new Uint8Array(0), new Uint8Array(0)))).toBe(
        'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad',
      );
    });

    it('CRYPTO-11: views are taken, results own their memory', () => {
      for (const length of [0, 1, 64, 255, 256, 257, 2000]) {
        const data = counting(length);
        for (const hash of [primitives.sha256, primitives.sha512, primitives.sha3_256]) {
          expect(hash(asView(data))).toEqual(hash(data));
          expectOwnBytes(hash(data));
        }
        expectOwnBytes(primitives.hmacSha256(data, data));
        expectOwnBytes(primitives.shake256(data, 32));
        expectOwnBytes(primitives.hkdf(data, data, data, 96));
      }
    });

    it('CRYPTO-2: SHAKE256 gives 1 to 65,536 bytes', () => {
      for (const length of [0, -1, 1.5, 65_537, Number.NaN]) {
        expectCode('bad-length', () => primitives.shake256(utf8('x'), length));
      }
      expect(primitives.shake256(utf8('x'), 65_536).length).toBe(65_536);
    });
  });

  describe('HKDF-SHA256', () => {
    it('CRYPTO-8: RFC 5869, A.1 to A.3', () => {
      const secret = new Uint8Array(22).fill(0x0b);
      const empty = new Uint8Array(0);
      expect(toHex(primitives.hkdf(counting(13), secret, counting(10, 0xf0), 42))).toBe(
        '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
      );
      expect(toHex(primitives.hkdf(counting(80, 0x60), counting(80), counting(80, 0xb0), 82))).toBe(
        'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c' +
          '59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
      );
      expect(toHex(primitives.hkdf(empty, secret, empty, 42))).toBe(
        '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
      );
    });

    it('CRYPTO-2: gives 1 to 8,160 bytes', () => {
      const key = counting(32);
      for (const length of [0, -1, 1.5, 8161, Number.NaN]) {
        expectCode('bad-length', () => primitives.hkdf(key, key, key, length));
      }
      expect(primitives.hkdf(key, key, key, 8160).length).toBe(8160);
    });
  });

  describe('Argon2id', () => {
    const password = utf8('password');

    it('CRYPTO-9: the reference implementation’s answer for one lane', () => {
      expect(toHex(primitives.argon2id(password, utf8('somesalt'), { memoryKiB: 256, passes: 2 }, 32))).toBe(
        '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe',
      );
    });

    it('CRYPTO-9: costs and lengths outside the limits are refused before any work', () => {
      const salt = counting(16);
      const good = { memoryKiB: 8, passes: 1 };
      for (const cost of [
        { memoryKiB: 7, passes: 1 },
        { memoryKiB: 8.5, passes: 1 },
        { memoryKiB: 2 ** 20 + 1, passes: 1 },
        { memoryKiB: 8, passes: 0 },
        { memoryKiB: 8, passes: 65 },
        { memoryKiB: 8, passes: Number.NaN },
      ]) {
        expectCode('bad-cost', () => primitives.argon2id(password, salt, cost, 32));
      }
      for (const wrong of [counting(7), counting(65)]) {
        expectCode('bad-length', () => primitives.argon2id(password, wrong, good, 32));
      }
      for (const length of [3, 1025, 4.5]) {
        expectCode('bad-length', () => primitives.argon2id(password, salt, good, length));
      }
      expectOwnBytes(primitives.argon2id(password, salt, good, 32));
      expectOwnBytes(primitives.argon2id(password, salt, good, 4));
    });
  });

  describe('AES-256-CBC', () => {
    const key = hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4');
    const iv = counting(16);
    const plaintext = hex(`6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51
      30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710`);
    const ciphertext = `f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d
      39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b`.replace(/\s+/g, '');
    const { aesCbc } = primitives;

    it('CRYPTO-6: NIST SP 800-38A, F.2.5, and PKCS#7 for every length', () => {
      expect(toHex(aesCbc.encrypt(key, iv, plaintext)).slice(0, 128)).toBe(ciphertext);
      for (let length = 0; length <= plaintext.length; length++) {
        const part = plaintext.subarray(0, length);
        const sealed = aesCbc.encrypt(key, iv, part);
        expect(sealed.length).toBe(length - (length % 16) + 16);
        expectOwnBytes(sealed);
        const opened = aesCbc.decrypt(asView(key), asView(iv), asView(sealed));
        expect(opened).toEqual(part);
        expectOwnBytes(opened!);
      }
    });

    it('CRYPTO-6: wrong padding and wrong lengths are refused', () => {
      // Without the block of padding the plaintext's own end is read as padding: 0x00, 0x11, and 0x02 after no 0x02.
      for (const last of [0x00, 0x11, 0xff, 0x02]) {
        const block = Uint8Array.from(plaintext.subarray(0, 16));
        block[15] = last;
        expect(aesCbc.decrypt(key, iv, aesCbc.encrypt(key, iv, block).subarray(0, 16))).toBeNull();
      }
      const sealed = aesCbc.encrypt(key, iv, plaintext);
      for (const wrong of wrongLengths(sealed)) expect(aesCbc.decrypt(key, iv, wrong)).toBeNull();
      expect(aesCbc.decrypt(key, iv, flipBit(sealed, sealed.length * 8 - 129))).toBeNull();
    });

    it('CRYPTO-2: keys and IVs have one length', () => {
      const sealed = aesCbc.encrypt(key, iv, plaintext);
      for (const wrong of wrongLengths(key)) {
        expectCode('bad-length', () => aesCbc.encrypt(wrong, iv, plaintext));
        expectCode('bad-length', () => aesCbc.decrypt(wrong, iv, sealed));
      }
      for (const wrong of wrongLengths(iv)) {
        expectCode('bad-length', () => aesCbc.encrypt(key, wrong, plaintext));
        expectCode('bad-length', () => aesCbc.decrypt(key, wrong, sealed));
      }
    });
  });

  it('CRYPTO-10: equal compares contents; different lengths are different', () => {
    expect(primitives.equal(counting(32), asView(counting(32)))).toBe(true);
    expect(primitives.equal(new Uint8Array(0), new Uint8Array(0))).toBe(true);
    for (const wrong of wrongLengths(counting(32))) expect(primitives.equal(counting(32), wrong)).toBe(false);
    for (let bit = 0; bit < 256; bit++) {
      expect(primitives.equal(counting(32), flipBit(counting(32), bit))).toBe(false);
    }
  });
}
