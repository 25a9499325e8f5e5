import { nodePrimitives } from '@sotto/primitives-node';
import { DescriptorSet, epochAt, type NodeKey, type View } from '@sotto/protocol/ring';
import { create, encode, FetchViewSchema, NodeDescriptorSchema } from '@sotto/protocol/wire';
import { BenchLink } from '../bench-link.ts';
import type { ServerReady } from '../measure.ts';
import { fetchServer } from './fetch-server.ts';

const AGAIN_MS = 200;

/** A ring as a client sees it, once all nodes are in force. */
export interface RingPlaces {
  readonly view: View;
  /** Network id, 32 B. */
  readonly network: Uint8Array;
  /** How each node is reached from here. */
  readonly servers: ReadonlyMap<NodeKey, ServerReady>;
}

/** Waits until every one of the nodes at these ports sees all of them in force. */
export async function ringPlaces(ports: readonly number[], epochSeconds: number): Promise<RingPlaces> {
  const servers = await Promise.all(ports.map(fetchServer));
  const network = Buffer.from(servers[0]!.network, 'hex');
  for (;;) {
    const views = await Promise.all(servers.map((server) => viewOf(server, network, epochSeconds)));
    if (views.every(({ members }) => members.length === ports.length)) {
      return { view: views[0]!, network, servers: new Map(servers.map((server) => [server.nodeId, server])) };
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** What one node says of the members of now. */
async function viewOf(server: ServerReady, network: Uint8Array, epochSeconds: number): Promise<View> {
  const set = new DescriptorSet({ primitives: nodePrimitives, network, epochSeconds });
  const link = await BenchLink.open(server, null);
  const nowMs = Date.now();
  for (let after = 0; ;) {
    const answer = await link.ask({ case: 'fetchView', value: create(FetchViewSchema, { after }) });
    if (answer.case !== 'view') throw new Error('a node tells no view');
    for (const descriptor of answer.value.descriptors) set.add(encode(NodeDescriptorSchema, descriptor), nowMs);
    after += answer.value.descriptors.length;
    if (answer.value.descriptors.length === 0 || after >= answer.value.total) break;
  }
  link.close();
  return set.view(epochAt(nowMs, epochSeconds));
}
