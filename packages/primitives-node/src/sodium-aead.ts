import { checkOpen, checkSeal, CIPHER_KEY_LENGTH, TAG_LENGTH, type Aead } from '@sotto/protocol/crypto';
import type { Sodium } from './sodium.ts';

/**
 * The relay's hot path: two of these per relayed message. No copy and no object beyond the result; the checks that
 * build an error text run only once something is known to be wrong.
 */
export function sodiumChaChaPoly(sodium: Sodium): Aead {
  const encrypt = sodium.crypto_aead_chacha20poly1305_ietf_encrypt;
  const decrypt = sodium.crypto_aead_chacha20poly1305_ietf_decrypt;
  return sodiumAead('ChaCha20-Poly1305', 12, encrypt, decrypt);
}

export function sodiumXChaChaPoly(sodium: Sodium): Aead {
  const encrypt = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt;
  const decrypt = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt;
  return sodiumAead('XChaCha20-Poly1305', 24, encrypt, decrypt);
}

function sodiumAead(
  name: string,
  nonceLength: number,
  encrypt: Sodium['crypto_aead_chacha20poly1305_ietf_encrypt'],
  decrypt: Sodium['crypto_aead_chacha20poly1305_ietf_decrypt'],
): Aead {
  return {
    seal(key, nonce, ad, plaintext, out) {
      const length = plaintext.length + TAG_LENGTH;
      const target = out ?? new Uint8Array(length);
      if (key.length !== CIPHER_KEY_LENGTH || nonce.length !== nonceLength || target.length !== length) {
        checkSeal(name, nonceLength, key, nonce, plaintext, out);
      }
      encrypt(target, plaintext, ad, null, nonce, key);
      return target;
    },
    open(key, nonce, ad, ciphertext, out) {
      const length = ciphertext.length - TAG_LENGTH;
      if (
        key.length !== CIPHER_KEY_LENGTH ||
        nonce.length !== nonceLength ||
        (out !== undefined && out.length !== length)
      ) {
        checkOpen(name, nonceLength, key, nonce, ciphertext, out);
      }
      if (length < 0) return null;
      const target = out ?? new Uint8Array(length);
      try {
        decrypt(target, null, ciphertext, ad, nonce, key);
      } catch {
        return null;
      }
      return target;
    },
  };
}
