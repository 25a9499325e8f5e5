import { concat, utf8, type Primitives } from '../crypto/index.ts';
import { requireBytes } from './mailbox-error.ts';

/** Capabilities and request tokens are this many random bytes. */
export const SECRET_BYTES = 16;

const capabilityLabel = utf8('sotto/capability/1');
const requestTokenLabel = utf8('sotto/request-token/1');

/** What a home keeps of an account's delivery capability: SHA-256("sotto/capability/1" | capability) (MB-9). */
export function capabilityHash(primitives: Primitives, capability: Uint8Array): Uint8Array {
  requireBytes(capability, SECRET_BYTES, 'A capability');
  return primitives.sha256(concat(capabilityLabel, capability));
}

/** What a home keeps of a single-use request token: SHA-256("sotto/request-token/1" | token) (MB-9). */
export function requestTokenHash(primitives: Primitives, token: Uint8Array): Uint8Array {
  requireBytes(token, SECRET_BYTES, 'A request token');
  return primitives.sha256(concat(requestTokenLabel, token));
}
