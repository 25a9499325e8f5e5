import { nodePrimitives } from '@sotto/primitives-node';
import { Placement, subnetOf, type PlacedNode } from '@sotto/protocol/ring';
import { PARTITIONS } from '@sotto/protocol/wire';

/** Nodes of one operator, and of one subnet, that stand beside each other in the list: every fourth shares. */
const SHARED_EVERY = 4;

/** A ring as large as wished, of made-up nodes: positions are hashes, a quarter of the nodes share operator and subnet. */
export function makeNodes(count: number, seed: string): PlacedNode[] {
  return Array.from({ length: count }, (_, i) => makeNode(`${seed}/${i}`, i));
}

export function makeNode(name: string, i: number): PlacedNode {
  const position = nodePrimitives.sha256(new TextEncoder().encode(name));
  const group = i % SHARED_EVERY === 0 ? Math.max(0, i - 1) : i;
  const subnet = subnetOf(`ws://${10 + (group >> 16)}.${(group >> 8) & 255}.${group & 255}.${1 + (i & 127)}`);
  const key = Buffer.from(position).toString('hex');
  return { key, position, weight: 1, domains: { operator: `operator ${group}`, subnets: [subnet] } };
}

/** The three homes of every partition. */
export type HomesTable = readonly (readonly string[])[];

export function tableOf(nodes: readonly PlacedNode[], partitions = PARTITIONS): HomesTable {
  const placement = new Placement(nodePrimitives, nodes);
  return Array.from({ length: partitions }, (_, partition) => placement.homes(partition).homes);
}

/** How many users each partition has: a hash for each user, as accounts are. */
export function scatterUsers(users: number, seed: string, partitions = PARTITIONS): Uint32Array {
  const counts = new Uint32Array(partitions);
  // Eight users from one hash: their partitions are as good as hashes of their own.
  for (let i = 0; i < users; i += 8) {
    const hash = nodePrimitives.sha256(new TextEncoder().encode(`${seed}/user/${i}`));
    const view = new DataView(hash.buffer, hash.byteOffset, hash.length);
    for (let j = 0; j < Math.min(8, users - i); j++) {
      const partition = view.getUint32(j * 4) % partitions;
      counts[partition] = counts[partition]! + 1;
    }
  }
  return counts;
}
