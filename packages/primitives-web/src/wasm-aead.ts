import type Sodium from 'libsodium-wrappers';
import { checkOpen, checkSeal, TAG_LENGTH, type Aead } from '@sotto/protocol/crypto';

type Seal = (plaintext: Uint8Array, ad: Uint8Array, unused: null, nonce: Uint8Array, key: Uint8Array) => Uint8Array;
/** @throws when the tag does not match */
type Open = (unused: null, ciphertext: Uint8Array, ad: Uint8Array, nonce: Uint8Array, key: Uint8Array) => Uint8Array;

export const wasmChaChaPoly = (sodium: typeof Sodium): Aead =>
  wasmAead(
    'ChaCha20-Poly1305',
    12,
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt,
    sodium.crypto_aead_chacha20poly1305_ietf_decrypt,
  );

export const wasmXChaChaPoly = (sodium: typeof Sodium): Aead =>
  wasmAead(
    'XChaCha20-Poly1305',
    24,
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt,
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt,
  );

function wasmAead(name: string, nonceLength: number, encrypt: Seal, decrypt: Open): Aead {
  return {
    seal(key, nonce, ad, plaintext, out) {
      checkSeal(name, nonceLength, key, nonce, plaintext, out);
      const sealed = encrypt(plaintext, ad, null, nonce, key);
      if (out === undefined) return sealed;
      out.set(sealed);
      return out;
    },
    open(key, nonce, ad, ciphertext, out) {
      checkOpen(name, nonceLength, key, nonce, ciphertext, out);
      if (ciphertext.length < TAG_LENGTH) return null;
      let plaintext: Uint8Array;
      try {
        plaintext = decrypt(null, ciphertext, ad, nonce, key);
      } catch {
        return null; // lengths are right, so only the tag is left to be wrong
      }
      if (out === undefined) return plaintext;
      out.set(plaintext);
      return out;
    },
  };
}
