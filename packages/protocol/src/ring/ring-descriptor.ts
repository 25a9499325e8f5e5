import { IdentityError, networkIdOf, verifyDescriptor, type VerifiedDescriptor } from '../identity/index.ts';
import { sameBytes, type Primitives } from '../crypto/index.ts';
import { EPOCH_SECONDS } from '../mailbox/index.ts';
import { decodeNodeDescriptor, type Admission } from '../wire/index.ts';
import { verifyAdmission, type AdmissionCache } from './admission.ts';
import { domainsOf, type Domains } from './domain.ts';
import { LEASE_MS } from './epoch.ts';
import { markOf } from './held-marks.ts';
import { nodeKeyOf, type NodeKey } from './node-key.ts';
import { positionOf } from './partition.ts';
import { RingError } from './ring-error.ts';

/** Shares a node can carry, at most. */
export const MAX_WEIGHT = 16;

/** A descriptor of a node that was let into its network. */
export interface RingDescriptor extends VerifiedDescriptor {
  readonly key: NodeKey;
  /** 32 B. */
  readonly position: Uint8Array;
  readonly admission: Admission;
  readonly founders: readonly Uint8Array[];
  readonly epochSeconds: number;
  readonly domains: Domains;
  /** First 16 bytes of SHA-256 of the signed body, hexadecimal: names this descriptor in gossip. */
  readonly mark: string;
}

/**
 * Checks signature, shape, network, admission and length of the lease, not whether it holds now (RING-3, RING-4).
 * @throws RingError
 */
export function verifyRingDescriptor(
  primitives: Primitives,
  encoded: Uint8Array,
  expected: { readonly network: Uint8Array; readonly admissions?: AdmissionCache },
): RingDescriptor {
  const descriptor = verifiedBy(primitives, encoded);
  const { admission, founders, epochSeconds = EPOCH_SECONDS, network, node, operator, weight } = descriptor;
  if (!sameBytes(network, expected.network)) throw new RingError('wrong-network', 'A node of another network.');
  if (admission === undefined) throw new RingError('not-admitted', 'A node without an admission.');
  if (founders === undefined || !sameBytes(foundedBy(primitives, founders), network)) {
    throw new RingError('wrong-network', 'The network was founded by others.');
  }
  if (weight > MAX_WEIGHT) throw new RingError('malformed', `A node's weight is at most ${MAX_WEIGHT}.`);
  if (descriptor.until - descriptor.from > LEASE_MS) throw new RingError('malformed', 'A lease is at most a day.');
  const holder = { network, founders, node, operator };
  const { nonce, sponsored } = verifyAdmission(primitives, admission, holder, expected.admissions);
  return {
    ...descriptor,
    admission,
    founders,
    epochSeconds,
    key: nodeKeyOf(node),
    position: positionOf(primitives, node, nonce),
    domains: domainsOf({ operator: sponsored, urls: descriptor.urls }),
    mark: markOf(primitives, decodeNodeDescriptor(descriptor.encoded).body),
  };
}

function verifiedBy(primitives: Primitives, encoded: Uint8Array): VerifiedDescriptor {
  try {
    return verifyDescriptor(primitives, encoded, { nowMs: null });
  } catch (cause) {
    if (!(cause instanceof IdentityError)) throw cause;
    const { code } = cause;
    throw new RingError(code === 'bad-signature' || code === 'unknown-version' ? code : 'malformed', cause.message, {
      cause,
    });
  }
}

function foundedBy(primitives: Primitives, founders: readonly Uint8Array[]): Uint8Array {
  try {
    return networkIdOf(primitives, founders);
  } catch (cause) {
    if (!(cause instanceof IdentityError)) throw cause;
    throw new RingError('malformed', cause.message, { cause });
  }
}
