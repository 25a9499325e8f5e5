import { concat } from '../crypto/index.ts';
import type { Primitives, Random } from '../crypto/index.ts';

/**
 * Kyber-1024 of round 3 of the NIST competition (the KEM that PQXDH's "CRYSTALS-KYBER-1024" names), made from
 * ML-KEM-1024 (FIPS 203). Both share keys, ciphertexts and the inner public-key encryption; with G = SHA3-512:
 *
 *     round 3                                   FIPS 203
 *     m  = SHA3-256(random 32)                  m  = random 32
 *     (K', coins) = G(m | SHA3-256(pk))         (K, coins) = G(m | SHA3-256(pk))
 *     ct = Encrypt(pk, m, coins)                ct = Encrypt(pk, m, coins)
 *     K  = SHAKE256(K' | SHA3-256(ct), 32)
 *
 * A decapsulator recomputes everything from the m' it decrypts and cannot see how m was chosen, so a backend that
 * uses the system's own 32 random bytes as m, without hashing them, gives ciphertexts that every round-3 receiver
 * opens to the same secret. (Round 3 hashes m so that the output of a weak generator is not shown to the receiver.)
 *
 * On a wrong ciphertext round 3 gives SHAKE256(z | SHA3-256(ct)), this SHAKE256(SHAKE256(z | ct) | SHA3-256(ct)):
 * either is pseudorandom to everybody without the secret key, and nobody ever compares the two.
 */
export function kyberEncapsulate(
  primitives: Primitives,
  random: Random,
  publicKey: Uint8Array,
): { ciphertext: Uint8Array; sharedSecret: Uint8Array } {
  const { ciphertext, sharedSecret } = primitives.mlKem1024.encapsulate(publicKey, (length) =>
    primitives.sha3_256(random(length)),
  );
  return { ciphertext, sharedSecret: roundThreeSecret(primitives, sharedSecret, ciphertext) };
}

/**
 * @param seed 64 B (d | z of FIPS 203)
 * @returns 32 B; unrelated to the sender's when the ciphertext is not what it made
 */
export function kyberDecapsulate(primitives: Primitives, seed: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return roundThreeSecret(primitives, primitives.mlKem1024.decapsulate(seed, ciphertext), ciphertext);
}

/** K = SHAKE256(K' | SHA3-256(ct), 32), the last line of CCAKEM.Enc and CCAKEM.Dec. Wipes K'. */
function roundThreeSecret(primitives: Primitives, preKey: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const input = concat(preKey, primitives.sha3_256(ciphertext));
  const secret = primitives.shake256(input, 32);
  preKey.fill(0);
  input.fill(0);
  return secret;
}
