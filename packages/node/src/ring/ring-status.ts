import { hexOf } from '@sotto/protocol/ring';
import type { RelayStore } from '../store/relay-store.ts';
import type { RingRuntime } from './ring-runtime.ts';

export interface StatusNode {
  /** Node id, 64 hex digits. */
  readonly node: string;
  readonly operator: string;
  readonly urls: readonly string[];
  /** 0: it leaves, or is home of nothing. */
  readonly weight: number;
  /** This node. */
  readonly self: boolean;
  /** A link to it is open. */
  readonly up: boolean;
  /** It misbehaved, and is not spoken to for a while. */
  readonly cutOff: boolean;
  /** Lease, ms since 1970. */
  readonly from: number;
  readonly until: number;
  /** In the view of now; else it comes or goes with a later epoch. */
  readonly inForce: boolean;
}

/** What `sotto ring status` and /ring show. */
export interface RingStatus {
  readonly node: string;
  readonly network: string;
  readonly epoch: number;
  readonly epochSeconds: number;
  /** Of the view of now, 16 hex digits: the same at all nodes. */
  readonly view: string;
  readonly leaving: boolean;
  readonly nodes: readonly StatusNode[];
  /** Partitions that hold envelopes here. */
  readonly partitionsHeld: number;
  readonly envelopesHeld: number;
  /** Of these: of which this node is no home (any more), and which it keeps until all homes have them. */
  readonly partitionsToHandOver: number;
  readonly envelopesToHandOver: number;
  /** Of which this node is a home, and other homes have something else or more; of envelopes what is known to be lacking. */
  readonly partitionsToRepair: number;
  readonly envelopesToRepair: number;
  readonly peersCutOff: number;
  readonly tunnels: number;
}

export async function ringStatus(
  ring: RingRuntime,
  network: Uint8Array,
  store: Pick<RelayStore, 'partitions'> | null,
  tunnels: number,
  repair: { readonly partitions: number; readonly envelopes: number },
): Promise<RingStatus> {
  const view = ring.view();
  const held = store === null ? [] : await store.partitions();
  const foreign = held.filter(({ partition }) => !view.homes(partition).homes.includes(ring.self));
  const envelopes = (of: typeof held): number => of.reduce((sum, one) => sum + one.envelopes, 0);
  return {
    node: ring.self,
    network: hexOf(network),
    epoch: view.epoch,
    epochSeconds: ring.epochSeconds,
    view: hexOf(view.hash),
    leaving: ring.own.weight === 0,
    nodes: nodesOf(ring),
    partitionsHeld: held.length,
    envelopesHeld: envelopes(held),
    partitionsToHandOver: foreign.length,
    envelopesToHandOver: envelopes(foreign),
    partitionsToRepair: repair.partitions,
    envelopesToRepair: repair.envelopes,
    peersCutOff: ring.links.cutOff.size,
    tunnels,
  };
}

/** Those in force as they are; those to come, as they will be. */
function nodesOf(ring: RingRuntime): StatusNode[] {
  const view = ring.view();
  const keys = [...new Set(ring.descriptors.all().map(({ key }) => key))];
  return keys.map((key) => {
    const known = view.member(key) ?? ring.descriptors.of(key)[0]!;
    return {
      node: key,
      operator: hexOf(known.operator),
      urls: known.urls,
      weight: known.weight,
      self: key === ring.self,
      up: key === ring.self || ring.links.get(key).up,
      cutOff: ring.links.cutOff.has(key),
      from: known.from,
      until: known.until,
      inForce: view.member(key) !== null,
    };
  });
}
