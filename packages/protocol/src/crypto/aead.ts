import { cbc, gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { Aead, BlockCipher } from './primitives.ts';
import { expectLength } from './expect-length.ts';

/** Tag bytes of all three AEADs here. */
export const TAG_LENGTH = 16;
/** Key bytes of all ciphers here. */
export const CIPHER_KEY_LENGTH = 32;
const CBC_BLOCK = 16;

/**
 * The argument rules that every backend's `Aead.seal` shares.
 *
 * @throws CryptoError('bad-length')
 */
export function checkSeal(
  name: string,
  nonceLength: number,
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  out: Uint8Array | undefined,
): void {
  expectLength(`${name} key`, key, CIPHER_KEY_LENGTH);
  expectLength(`${name} nonce`, nonce, nonceLength);
  if (out !== undefined) expectLength(`${name} output`, out, plaintext.length + TAG_LENGTH);
}

/**
 * The argument rules that every backend's `Aead.open` shares.
 *
 * @throws CryptoError('bad-length')
 */
export function checkOpen(
  name: string,
  nonceLength: number,
  key: Uint8Array,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  out: Uint8Array | undefined,
): void {
  expectLength(`${name} key`, key, CIPHER_KEY_LENGTH);
  expectLength(`${name} nonce`, nonce, nonceLength);
  if (out !== undefined && ciphertext.length >= TAG_LENGTH) {
    expectLength(`${name} output`, out, ciphertext.length - TAG_LENGTH);
  }
}

interface OneTimeCipher {
  encrypt(plaintext: Uint8Array): Uint8Array;
  decrypt(ciphertext: Uint8Array): Uint8Array;
}

function nobleAead(
  name: string,
  nonceLength: number,
  cipher: (key: Uint8Array, nonce: Uint8Array, ad: Uint8Array) => OneTimeCipher,
): Aead {
  return {
    seal(key, nonce, ad, plaintext, out) {
      checkSeal(name, nonceLength, key, nonce, plaintext, out);
      const sealed = cipher(key, nonce, ad).encrypt(plaintext);
      if (out === undefined) return sealed;
      out.set(sealed);
      return out;
    },
    open(key, nonce, ad, ciphertext, out) {
      checkOpen(name, nonceLength, key, nonce, ciphertext, out);
      if (ciphertext.length < TAG_LENGTH) return null;
      const opener = cipher(key, nonce, ad);
      let plaintext: Uint8Array;
      try {
        plaintext = opener.decrypt(ciphertext);
      } catch {
        return null; // lengths are right, so only the tag is left to be wrong
      }
      if (out === undefined) return plaintext;
      out.set(plaintext);
      return out;
    },
  };
}

export const nobleAesGcm: Aead = nobleAead('AES-256-GCM', 12, gcm);
export const nobleChaChaPoly: Aead = nobleAead('ChaCha20-Poly1305', 12, chacha20poly1305);
export const nobleXChaChaPoly: Aead = nobleAead('XChaCha20-Poly1305', 24, xchacha20poly1305);

export const nobleAesCbc: BlockCipher = {
  encrypt(key, iv, plaintext) {
    expectLength('AES-256-CBC key', key, CIPHER_KEY_LENGTH);
    expectLength('AES-256-CBC IV', iv, CBC_BLOCK);
    return cbc(key, iv).encrypt(plaintext);
  },
  decrypt(key, iv, ciphertext) {
    expectLength('AES-256-CBC key', key, CIPHER_KEY_LENGTH);
    expectLength('AES-256-CBC IV', iv, CBC_BLOCK);
    if (ciphertext.length === 0 || ciphertext.length % CBC_BLOCK !== 0) return null;
    try {
      return cbc(key, iv).decrypt(ciphertext).slice();
    } catch {
      return null;
    }
  },
};
