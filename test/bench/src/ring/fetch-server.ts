import { nodePrimitives } from '@sotto/primitives-node';
import { verifyDescriptor } from '@sotto/protocol/identity';
import { DESCRIPTOR_SUBPROTOCOL } from '@sotto/protocol/link';
import { hexOf } from '@sotto/protocol/ring';
import { WebSocket } from 'ws';
import type { ServerReady } from '../measure.ts';

/** Who is at a port of this machine. */
export function fetchServer(port: number): Promise<ServerReady> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`, DESCRIPTOR_SUBPROTOCOL);
  return new Promise((resolve, reject) => {
    ws.on('error', reject);
    ws.on('message', (data: Buffer) => {
      const { node, linkKey, network } = verifyDescriptor(nodePrimitives, data, { nodeId: null, nowMs: Date.now() });
      resolve({ port, nodeId: hexOf(node), linkKey: hexOf(linkKey), network: hexOf(network) });
    });
  });
}
