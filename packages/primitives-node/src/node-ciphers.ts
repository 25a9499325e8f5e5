import { createCipheriv, createDecipheriv, type CipherChaCha20Poly1305Types, type CipherGCMTypes } from 'node:crypto';
import {
  checkOpen,
  checkSeal,
  CIPHER_KEY_LENGTH,
  expectLength,
  TAG_LENGTH,
  type Aead,
  type BlockCipher,
} from '@sotto/protocol/crypto';
import { plainBytes } from './plain-bytes.ts';

const NONCE_LENGTH = 12;
const CBC_BLOCK = 16;

function nodeAead(name: string, algorithm: CipherGCMTypes | CipherChaCha20Poly1305Types): Aead {
  // The two types differ in whether the tag length may be left out; for node:crypto they are one.
  const type = algorithm as CipherChaCha20Poly1305Types;
  const options = { authTagLength: TAG_LENGTH } as const;
  return {
    seal(key, nonce, ad, plaintext, out) {
      checkSeal(name, NONCE_LENGTH, key, nonce, plaintext, out);
      const target = out ?? new Uint8Array(plaintext.length + TAG_LENGTH);
      const cipher = createCipheriv(type, key, nonce, options);
      if (ad.length > 0) cipher.setAAD(ad, { plaintextLength: plaintext.length });
      if (plaintext.length > 0) target.set(cipher.update(plaintext));
      cipher.final();
      target.set(cipher.getAuthTag(), plaintext.length);
      return target;
    },
    open(key, nonce, ad, ciphertext, out) {
      checkOpen(name, NONCE_LENGTH, key, nonce, ciphertext, out);
      const length = ciphertext.length - TAG_LENGTH;
      if (length < 0) return null;
      const decipher = createDecipheriv(type, key, nonce, options);
      decipher.setAuthTag(ciphertext.subarray(length));
      if (ad.length > 0) decipher.setAAD(ad, { plaintextLength: length });
      const plaintext = length > 0 ? plainBytes(decipher.update(ciphertext.subarray(0, length))) : new Uint8Array(0);
      try {
        decipher.final();
      } catch {
        return null;
      }
      if (out === undefined) return plaintext;
      out.set(plaintext);
      return out;
    },
  };
}

export const nodeAesGcm: Aead = nodeAead('AES-256-GCM', 'aes-256-gcm');
export const nodeChaChaPoly: Aead = nodeAead('ChaCha20-Poly1305', 'chacha20-poly1305');

export const nodeAesCbc: BlockCipher = {
  encrypt(key, iv, plaintext) {
    expectLength('AES-256-CBC key', key, CIPHER_KEY_LENGTH);
    expectLength('AES-256-CBC IV', iv, CBC_BLOCK);
    const cipher = createCipheriv('aes-256-cbc', key, iv);
    const head = cipher.update(plaintext);
    const ciphertext = new Uint8Array(plaintext.length - (plaintext.length % CBC_BLOCK) + CBC_BLOCK);
    ciphertext.set(head);
    ciphertext.set(cipher.final(), head.length);
    return ciphertext;
  },
  decrypt(key, iv, ciphertext) {
    expectLength('AES-256-CBC key', key, CIPHER_KEY_LENGTH);
    expectLength('AES-256-CBC IV', iv, CBC_BLOCK);
    if (ciphertext.length === 0 || ciphertext.length % CBC_BLOCK !== 0) return null;
    const decipher = createDecipheriv('aes-256-cbc', key, iv);
    const head = decipher.update(ciphertext);
    let tail: Buffer;
    try {
      tail = decipher.final();
    } catch {
      return null;
    }
    const plaintext = new Uint8Array(head.length + tail.length);
    plaintext.set(head);
    plaintext.set(tail, head.length);
    return plaintext;
  },
};
