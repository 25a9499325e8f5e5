import { be64, concat, utf8 } from '../crypto/index.ts';
import type { Primitives } from '../crypto/index.ts';

// The Ratcheted Authenticator (The ML-KEM Braid Protocol, section 2.4) and KDF_OK (section 2.2), as Signal has them:
// the root goes into HKDF's input, before the new key, and the salt is zeros.

const PROTOCOL = 'Signal_PQCKA_V1_MLKEM768';
const UPDATE_INFO = utf8(`${PROTOCOL}:Authenticator Update`);
const SECRET_INFO = utf8(`${PROTOCOL}:SCKA Key`);
const HEADER_PREFIX = utf8(`${PROTOCOL}:ekheader`);
const CIPHERTEXT_PREFIX = utf8(`${PROTOCOL}:ciphertext`);
const ZEROS = new Uint8Array(32);

/** Both 32 B, secret. */
export interface Authenticator {
  readonly rootKey: Uint8Array;
  readonly macKey: Uint8Array;
}

/** Init: an update of zeros with the key both sides share, at epoch 1. */
export const startAuthenticator = (primitives: Primitives, key: Uint8Array): Authenticator =>
  updateAuthenticator(primitives, { rootKey: ZEROS, macKey: ZEROS }, 1, key);

/** Update(epoch, key): root | MAC key = HKDF(zeros, root | key, "…:Authenticator Update" | be64(epoch), 64). */
export function updateAuthenticator(
  primitives: Primitives,
  { rootKey }: Authenticator,
  epoch: number,
  key: Uint8Array,
): Authenticator {
  const secret = concat(rootKey, key);
  const derived = primitives.hkdf(ZEROS, secret, concat(UPDATE_INFO, be64(epoch)), 64);
  secret.fill(0);
  return { rootKey: derived.subarray(0, 32), macKey: derived.subarray(32, 64) };
}

/** MacHdr(epoch, header): 32 B. */
export const macOfHeader = (
  primitives: Primitives,
  { macKey }: Authenticator,
  epoch: number,
  header: Uint8Array,
): Uint8Array => primitives.hmacSha256(macKey, concat(HEADER_PREFIX, be64(epoch), header));

/** MacCt(epoch, ct1 | ct2): 32 B. */
export const macOfCiphertext = (
  primitives: Primitives,
  { macKey }: Authenticator,
  epoch: number,
  ciphertext: Uint8Array,
): Uint8Array => primitives.hmacSha256(macKey, concat(CIPHERTEXT_PREFIX, be64(epoch), ciphertext));

/** KDF_OK(shared secret, epoch) = HKDF(zeros, shared secret, "…:SCKA Key" | be64(epoch), 32). Wipes what it is given. */
export function epochSecret(primitives: Primitives, epoch: number, sharedSecret: Uint8Array): Uint8Array {
  const secret = primitives.hkdf(ZEROS, sharedSecret, concat(SECRET_INFO, be64(epoch)), 32);
  sharedSecret.fill(0);
  return secret;
}
