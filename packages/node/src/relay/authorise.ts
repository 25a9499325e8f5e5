import type { Primitives } from '@sotto/protocol/crypto';
import { capabilityHash, requestTokenHash } from '@sotto/protocol/mailbox';
import type { Access, Lane } from '../store/relay-store.ts';
import type { Recipient } from './recipient.ts';

/** Which lane an envelope takes, and the token it uses up. */
export interface Passage {
  readonly lane: Lane;
  readonly tokenHash: Uint8Array | null;
}

const CONTACT: Passage = { lane: 'contact', tokenHash: null };
const STRANGER: Passage = { lane: 'stranger', tokenHash: null };

/**
 * Whether a capability is the account's, or its previous one that is still honoured (network.md rule 11).
 * @param recipient remembers that it is; null: nobody does
 */
export function capabilityHolds(
  primitives: Primitives,
  access: Access,
  capability: Uint8Array,
  nowMs: number,
  recipient: Recipient | null,
): boolean {
  if (recipient?.isProven(primitives, access, capability) === true) return true;
  const hash = capabilityHash(primitives, capability);
  if (access.capabilityHash !== null && primitives.equal(hash, access.capabilityHash)) {
    recipient?.proven(access, capability);
    return true;
  }
  return access.previousHash !== null && nowMs < access.previousUntil && primitives.equal(hash, access.previousHash);
}

/**
 * With a capability: the contacts' lane. With a request token: the same, and the store uses the token up in the
 * storing transaction. With neither: the strangers' lane.
 * @returns null when the capability is wrong
 */
export function passageOf(
  primitives: Primitives,
  access: Access,
  presented: { readonly capability: Uint8Array; readonly requestToken: Uint8Array },
  nowMs: number,
  recipient: Recipient,
): Passage | null {
  if (presented.capability.length > 0) {
    return capabilityHolds(primitives, access, presented.capability, nowMs, recipient) ? CONTACT : null;
  }
  if (presented.requestToken.length > 0) {
    return { lane: 'contact', tokenHash: requestTokenHash(primitives, presented.requestToken) };
  }
  return STRANGER;
}
