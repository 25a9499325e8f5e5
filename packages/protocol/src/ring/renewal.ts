import {
  create,
  decodeNodeDescriptor,
  decodeNodeDescriptorBody,
  encode,
  NodeDescriptorBodySchema,
  NodeDescriptorSchema,
  RenewalSchema,
  WireError,
  type Renewal,
} from '../wire/index.ts';
import { sameBytes } from '../crypto/index.ts';
import { bytesOfHex } from './node-key.ts';
import type { RingDescriptor } from './ring-descriptor.ts';

/** What a lease changes. */
interface Lease {
  readonly from: bigint;
  readonly until: bigint;
  readonly sequence: bigint;
}

/**
 * A descriptor in a sixth of its bytes, for whoever holds the one before (RING-16).
 * @returns null when they differ in more than lease and sequence
 */
export function renewalOf(before: RingDescriptor, after: RingDescriptor): Renewal | null {
  const { body, signature } = decodeNodeDescriptor(after.encoded);
  const { from, until, sequence } = decodeNodeDescriptorBody(body);
  if (!sameBytes(renewedBody(before, { from, until, sequence }), body)) return null;
  return create(RenewalSchema, { mark: bytesOfHex(before.mark), from, until, sequence, signature });
}

/** The whole descriptor again, encoded; its signature is still to be verified. @returns null when it cannot be */
export function renewed(before: RingDescriptor, renewal: Renewal): Uint8Array | null {
  try {
    const body = renewedBody(before, renewal);
    return encode(NodeDescriptorSchema, create(NodeDescriptorSchema, { body, signature: renewal.signature }));
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

function renewedBody(before: RingDescriptor, { from, until, sequence }: Lease): Uint8Array {
  const body = decodeNodeDescriptorBody(decodeNodeDescriptor(before.encoded).body);
  return encode(NodeDescriptorBodySchema, { ...body, from, until, sequence });
}
