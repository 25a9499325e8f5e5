import { createServer, nodeClock } from '@sotto/node/server';
import {
  createNodeSecrets,
  DEFAULT_LIMITS,
  DEFAULT_STORE_LIMITS,
  NodeCore,
  nodeIdentityOf,
  NodeMetrics,
  localWake,
  ringOfOne,
  openStore,
  silentLog,
  StageTimes,
} from '@sotto/node';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import type { ServerReady } from '../measure.ts';

// Another size class, and none of the rates that hold back a single client: the load is one address.
const limits = {
  bodySizes: [512, ...DEFAULT_LIMITS.bodySizes],
  halfOpenPerAddress: 4096,
  coldPerSecond: 1e6,
  coldBurst: 1e6,
  liveBurst: 1e9,
  livePerSecond: 1e9,
};

/** A node without what is around it. @param dataDir null: it keeps nothing */
export async function startBenchNode(dataDir: string | null): Promise<ServerReady> {
  const identity = nodeIdentityOf(nodePrimitives, createNodeSecrets(systemRandom));
  const store = dataDir === null ? null : await openStore('sqlite', { dataDir, limits: DEFAULT_STORE_LIMITS });
  const metrics = new NodeMetrics();
  const server = await createServer({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    metrics,
    isRoom: false,
    publicUrl: null,
    core: (port) =>
      new NodeCore({
        primitives: nodePrimitives,
        random: systemRandom,
        clock: nodeClock,
        defer: setImmediate,
        store,
        identity,
        urls: [`ws://127.0.0.1:${port}`],
        psk: null,
        limits,
        log: silentLog,
        metrics,
        onGuest: () => undefined,
        ring: ringOfOne(),
        wake: localWake,
        stages: new StageTimes({ every: 1024, random: systemRandom, nowMs: () => performance.now(), metrics }),
      }),
  });
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const { nodeId, linkKey, network } = identity;
  return { port: server.port, nodeId: hex(nodeId), linkKey: hex(linkKey), network: hex(network) };
}
