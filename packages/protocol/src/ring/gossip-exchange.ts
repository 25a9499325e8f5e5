import {
  create,
  encode,
  GossipSchema,
  MAX_DESCRIPTORS,
  MAX_MARKS,
  MAX_RENEWALS,
  NodeDescriptorSchema,
  NodeProofSchema,
  decodeNodeDescriptor,
  type Gossip,
  type NodeDescriptor,
  type NodeProof,
  type Renewal,
} from '../wire/index.ts';
import { sameBytes } from '../crypto/index.ts';
import type { CheatProof, DescriptorSet } from './descriptor-set.ts';
import { bucketBits, bucketsOf, differingBuckets, marksBytes, marksOf } from './held-marks.ts';
import { hexOf } from './node-key.ts';
import { renewalOf, renewed } from './renewal.ts';
import type { RingDescriptor } from './ring-descriptor.ts';

const MAX_PROOFS = 8;
/** In answer to one question: what is left, the next one brings. More would look like a flood (RING-47). */
const MAX_TOLD = 1000;

/** Asks another node for what differs. */
export const question = (set: DescriptorSet): Gossip => create(GossipSchema, { digest: set.digest(), reply: true });

/** What this node holds in the buckets that differ: as many as one message has room for. */
export function answerDigest(set: DescriptorSet, digest: Uint8Array): Gossip[] {
  const differing = differingBuckets(set.digest(), digest);
  if (differing.length === 0) return [];
  return [marksMessage(set, differing, true)];
}

/** What the other side lacks, and this side's marks if it lacks something itself. */
export function answerMarks(set: DescriptorSet, gossip: Gossip): Gossip[] {
  const buckets = bucketsOf(gossip);
  const theirs = marksOf(gossip.marks);
  const own = [...buckets].flatMap((bucket) => set.inBucket(bucket));
  const messages = heldMessages(own.filter(({ mark }) => !theirs.has(mark)).slice(0, MAX_TOLD));
  if (!gossip.reply) return messages;
  for (const { mark } of own) theirs.delete(mark);
  return theirs.size === 0 ? messages : [...messages, marksMessage(set, [...buckets], false)];
}

function marksMessage(set: DescriptorSet, buckets: readonly number[], reply: boolean): Gossip {
  const covered: number[] = [];
  const marks: (RingDescriptor | CheatProof)[] = [];
  for (const bucket of buckets) {
    const held = set.inBucket(bucket);
    if (covered.length > 0 && marks.length + held.length > MAX_MARKS) break;
    covered.push(bucket);
    marks.push(...held.slice(0, MAX_MARKS));
  }
  return create(GossipSchema, { marks: marksBytes(marks), reply, ...bucketBits(covered) });
}

/** News for those who most likely hold what it renews. */
export function rumours(set: DescriptorSet, items: readonly (RingDescriptor | CheatProof)[]): Gossip[] {
  const renewals: Renewal[] = [];
  const rest = items.filter((item) => {
    const before = 'first' in item ? null : set.of(item.key).find(({ sequence }) => sequence < item.sequence);
    const renewal = before === null || before === undefined ? null : renewalOf(before, item as RingDescriptor);
    if (renewal === null || renewals.length === MAX_RENEWALS) return true;
    renewals.push(renewal);
    return false;
  });
  return heldMessages(rest, renewals);
}

/** In messages that fit a packet. */
function heldMessages(held: readonly (RingDescriptor | CheatProof)[], renewals: readonly Renewal[] = []): Gossip[] {
  const descriptors = held.flatMap((item) => ('first' in item ? [] : decodeNodeDescriptor(item.encoded)));
  const proofs = held.flatMap((item) => ('first' in item ? proofMessage(item) : []));
  const messages: Gossip[] = [];
  for (let i = 0; i < Math.max(descriptors.length, 1); i += MAX_DESCRIPTORS) {
    const proofsHere = proofs.splice(0, descriptors.length === 0 ? MAX_PROOFS : 1);
    const message = { descriptors: descriptors.slice(i, i + MAX_DESCRIPTORS), proofs: proofsHere };
    messages.push(create(GossipSchema, i === 0 ? { ...message, renewals: [...renewals] } : message));
  }
  return messages.filter(isTelling);
}

const isTelling = ({ descriptors, proofs, renewals }: Gossip): boolean =>
  descriptors.length + proofs.length + renewals.length > 0;

function proofMessage({ first, second }: CheatProof): NodeProof {
  return create(NodeProofSchema, { first: decodeNodeDescriptor(first), second: decodeNodeDescriptor(second) });
}

/** Descriptors of a message, encoded, with renewals of what this node holds written out. */
export function descriptorsIn(set: DescriptorSet, gossip: Gossip): Uint8Array[] {
  const whole = gossip.renewals.flatMap((renewal) => {
    const before = set.find(hexOf(renewal.mark));
    if (before === null || isHeld(set.of(before.key), renewal)) return [];
    return renewed(before, renewal) ?? [];
  });
  return [...gossip.descriptors.map(encoded), ...whole];
}

/** A rumour is heard three times: only the first costs anything. The signature is the end of an encoded descriptor. */
function isHeld(kept: readonly RingDescriptor[], { sequence, signature }: Renewal): boolean {
  const same = kept.find((descriptor) => descriptor.sequence === Number(sequence));
  return same !== undefined && sameBytes(same.encoded.subarray(-64), signature);
}

export const encoded = (descriptor: NodeDescriptor): Uint8Array => encode(NodeDescriptorSchema, descriptor);
