import { be32, be64, concat, utf8, type Primitives } from '../crypto/index.ts';
import { nodeOf, type NodeKey } from './node-key.ts';
import { Placement, type Homes, type PlacedNode } from './placement.ts';
import type { RingDescriptor } from './ring-descriptor.ts';

const label = utf8('sotto/view/1');

/** A node as one epoch sees it. */
export interface RingMember extends PlacedNode {
  /** Node id, 32 B. */
  readonly node: Uint8Array;
  /** X25519, 32 B. */
  readonly linkKey: Uint8Array;
  /** Operator's key, 32 B. */
  readonly operator: Uint8Array;
  readonly urls: readonly string[];
  readonly capabilities: readonly string[];
  readonly sequence: number;
  /** Lease, ms since 1970. */
  readonly from: number;
  readonly until: number;
}

/** The network in one epoch (RING-7). */
export interface View {
  readonly epoch: number;
  /** By node id. */
  readonly members: readonly RingMember[];
  /** 8 B: the same wherever the same nodes are seen. */
  readonly hash: Uint8Array;
  homes(partition: number): Homes;
  member(key: NodeKey): RingMember | null;
}

/** What two epochs with the same members share. */
export interface Membership {
  readonly members: readonly RingMember[];
  /** SHA-256 of all that decides placement and how the nodes are reached. */
  readonly hash: Uint8Array;
  readonly placement: Placement;
  readonly byKey: ReadonlyMap<NodeKey, RingMember>;
}

/** @param effective descriptors, one of each node, by node id @param before an earlier placement of the same network */
export function membershipOf(
  primitives: Primitives,
  effective: readonly RingDescriptor[],
  before: Placement | null = null,
): Membership {
  const members = effective.map(ringMember);
  return {
    members,
    hash: primitives.sha256(concat(...effective.map(encodedMember))),
    placement: new Placement(primitives, members, before),
    byKey: new Map(members.map((member) => [member.key, member])),
  };
}

/** The first 8 bytes of SHA-256("sotto/view/1" | be64 epoch | hash of the members) name it (RING-8). */
export function viewOf(primitives: Primitives, epoch: number, membership: Membership): View {
  return {
    epoch,
    members: membership.members,
    hash: primitives.sha256(concat(label, be64(epoch), membership.hash)).slice(0, 8),
    homes: (partition) => membership.placement.homes(partition),
    member: (key) => membership.byKey.get(key) ?? null,
  };
}

/** The member of a view with that key; null: it is not in it. */
export const memberOf = (view: View, key: NodeKey): RingMember | null => view.member(key);

function ringMember(descriptor: RingDescriptor): RingMember {
  const { key, node, position, linkKey, operator, urls, capabilities, weight, sequence, from, until, domains } =
    descriptor;
  return { key, node, position, linkKey, operator, urls, capabilities, weight, sequence, from, until, domains };
}

/** Descriptors never change: what they add to the hash is made once. */
const encodings = new WeakMap<RingDescriptor, Uint8Array>();

/** node | position | link key | operator | who answers for it | be32 weight | be32 count of addresses | each as be32 length and UTF-8 */
function encodedMember(descriptor: RingDescriptor): Uint8Array {
  const known = encodings.get(descriptor);
  if (known !== undefined) return known;
  const { node, position, linkKey, operator, domains, weight, urls } = descriptor;
  const sponsor = nodeOf(domains.operator);
  const addresses = urls.map(utf8).flatMap((url) => [be32(url.length), url]);
  const encoded = concat(node, position, linkKey, operator, sponsor, be32(weight), be32(urls.length), ...addresses);
  encodings.set(descriptor, encoded);
  return encoded;
}
