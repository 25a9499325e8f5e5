import type { SpreadAcks } from '../wire/index.ts';
import { create, SpreadAcksSchema } from '../wire/index.ts';
import { be32, be64, concat, utf8, type Primitives } from '../crypto/index.ts';
import { RingError } from './ring-error.ts';

const label = utf8('sotto/acknowledge/1');

/** What a device acknowledges at all homes of its account. */
export interface SpreadAckFields {
  /** Network id, 32 B: an acknowledgement is good in no other. */
  readonly network: Uint8Array;
  /** Account key, 32 B. */
  readonly account: Uint8Array;
  readonly device: number;
  /** Device's clock, ms since 1970. */
  readonly at: number;
  /** Envelope ids, 32 B each, one after the other. */
  readonly ids: Uint8Array;
  /** When each of them expires, seconds since 1970. */
  readonly expires: readonly number[];
}

/** "sotto/acknowledge/1" | network | account | be32 device | be64 at | be32 count | ids | be64 expires… (RING-14) */
export function spreadAckBytes(fields: SpreadAckFields): Uint8Array {
  const { network, account, device, at, ids, expires } = fields;
  if (network.length !== 32 || account.length !== 32 || ids.length !== 32 * expires.length) {
    throw new RingError('malformed', 'An acknowledgement has 32 bytes of id for each expiry.');
  }
  return concat(label, network, account, be32(device), be64(at), be32(expires.length), ids, ...expires.map(be64));
}

/** @param signingSeed Ed25519 seed of the device's signing key, 32 B */
export function signSpreadAck(primitives: Primitives, signingSeed: Uint8Array, fields: SpreadAckFields): SpreadAcks {
  const { account, device, at, ids, expires } = fields;
  return create(SpreadAcksSchema, {
    account,
    device,
    at: BigInt(at),
    ids,
    expires: expires.map(BigInt),
    signature: primitives.ed25519.sign(signingSeed, spreadAckBytes(fields)),
  });
}

/** @param signingKey of that device, from the account's verified device list. Never throws. */
export function verifySpreadAck(
  primitives: Primitives,
  acks: SpreadAcks,
  expected: { readonly network: Uint8Array; readonly signingKey: Uint8Array },
): boolean {
  const { account, device, ids, signature } = acks;
  if (account.length !== 32 || ids.length !== 32 * acks.expires.length) return false;
  const [at, expires] = [Number(acks.at), acks.expires.map(Number)];
  if (![at, ...expires].every(Number.isSafeInteger)) return false;
  const bytes = spreadAckBytes({ network: expected.network, account, device, at, ids, expires });
  return primitives.ed25519.verify(expected.signingKey, bytes, signature);
}
