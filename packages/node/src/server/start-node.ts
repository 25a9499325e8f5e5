import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { dialRule } from '@sotto/protocol/ring';
import { type Config, ConfigError } from '../config/config.ts';
import type { Log } from '../log.ts';
import { NodeCore } from '../node-core.ts';
import { createNodeSecrets, nodeIdentityOf, type NodeSecrets } from '../node-identity.ts';
import { NodeMetrics } from '../node-metrics.ts';
import { memoryRingFile, type RingFile } from '../ring/ring-file.ts';
import type { GuestListener } from '../room/guests.ts';
import { StageTimes } from '../stages/stage-times.ts';
import type { RelayStore } from '../store/relay-store.ts';
import { createServer, type NodeServer, type ServerOptions } from './create-server.ts';
import { codeOf, reasonOf } from './file-error.ts';
import { readPsk, readTls } from './given-files.ts';
import { nodeClock } from './node-clock.ts';
import { loadNodeSecrets, makeDataDirectory } from './node-key-file.ts';
import { joinNetwork } from './join-network.ts';
import { ownUrls } from './own-urls.ts';
import { openNodeStore } from './open-node-store.ts';
import { openNodeWake } from './open-node-wake.ts';
import { openControl } from './control/open-control.ts';
import { ringJsonFile } from './ring-json-file.ts';
import { RingOperations } from './ring-operations.ts';
import { peerDialer } from './ws-peer-dialer.ts';

export interface RunningNode {
  readonly core: NodeCore;
  /** ws:// or wss:// */
  readonly url: string;
  /** 64 hex digits. */
  readonly nodeId: string;
  readonly metrics: NodeMetrics;
  readonly ring: RingOperations;
  /** Drains, closes links and port, then the store. */
  close(): Promise<void>;
}

/**
 * A node with everything around it.
 * @throws ConfigError, RelayStoreError
 */
export async function startNode(config: Config, log: Log, onGuest: GuestListener): Promise<RunningNode> {
  const psk = config.pskFile === null ? null : readPsk(config.pskFile);
  const tls = readTls(config);
  const metrics = new NodeMetrics();
  const keepsKeys = config.store !== 'none' || config.dataGiven || config.identityFile !== null;
  if (keepsKeys) makeDataDirectory(config.data);
  const secrets = keepsKeys
    ? loadNodeSecrets(config.data, systemRandom, config.identityFile)
    : createNodeSecrets(systemRandom);
  const store = await openNodeStore(config, secrets, log);
  // A node that keeps nothing is alone: there is nothing to remember or to ask it.
  const file = store === null ? memoryRingFile() : ringJsonFile(config.data);
  try {
    await joinAsConfigured(config, { secrets, file, psk, store }, log);
  } catch (error) {
    await store?.close();
    throw error;
  }
  const identity = nodeIdentityOf(nodePrimitives, secrets, file.load()?.founders ?? null);
  const wake = await openNodeWake(config, secrets, log);
  let ring: RingOperations | null = null;
  const server = await listen(
    config,
    store,
    (port) => {
      const urls = ownUrls({ publicUrl: config.publicUrl, host: config.listen.host, isTls: tls !== null }, port);
      return new NodeCore({
        primitives: nodePrimitives,
        random: systemRandom,
        clock: nodeClock,
        defer: (callback) => void setImmediate(callback),
        store,
        identity,
        urls,
        psk,
        limits: { ...config.limits, bodySizes: config.bodySizes },
        log,
        metrics,
        onGuest,
        ring: { dialer: peerDialer(dialRule(urls)), file, epochSeconds: config.epochSeconds, admits: config.admit },
        wake,
        stages: new StageTimes({
          every: config.traceEvery,
          random: systemRandom,
          nowMs: () => performance.now(),
          metrics,
        }),
      });
    },
    { tls, metrics, isRoom: psk !== null, ringPage: async () => (await ring?.page()) ?? '' },
  );
  const { core } = server;
  ring = new RingOperations({ core, identity, store, metrics });
  const control = store === null ? null : await openControl(config.data, ring, log);
  return {
    core,
    url: server.url,
    nodeId: Buffer.from(identity.nodeId).toString('hex'),
    metrics,
    ring,
    close: async () => {
      control?.close();
      await server.close();
      await wake.close();
      await store?.close();
    },
  };
}

async function joinAsConfigured(
  config: Config,
  parts: { secrets: NodeSecrets; file: RingFile; psk: Uint8Array | null; store: RelayStore | null },
  log: Log,
): Promise<void> {
  const { store, ...rest } = parts;
  if (config.join.length === 0) return;
  if (store === null) {
    throw new ConfigError('bad-value', '--join: a node that keeps nothing (--store none) cannot be part of a ring.');
  }
  const holdsMail = async (): Promise<boolean> => (await store.partitions()).length > 0;
  // The operator says himself where to ask.
  const dialer = peerDialer(() => true);
  await joinNetwork({
    ...rest,
    join: config.join,
    dialer,
    holdsMail,
    onUnprotected: () => log.warn('join-unprotected'),
  });
}

async function listen(
  { listen: { host, port }, publicUrl, web, watchers, trustedProxies }: Config,
  store: RelayStore | null,
  core: (port: number) => NodeCore,
  rest: Pick<ServerOptions, 'tls' | 'metrics' | 'isRoom' | 'ringPage'>,
): Promise<NodeServer> {
  try {
    return await createServer({ host, port, publicUrl, web, watchers, trustedProxies, core, ...rest });
  } catch (error) {
    await store?.close();
    if (codeOf(error) === 'unknown error') throw error;
    throw unusableAddress(host, port, error);
  }
}

/** @param error what the system said: its code */
export const unusableAddress = (host: string, port: number, error: unknown): ConfigError =>
  new ConfigError('bad-value', `--listen ${host}:${port} cannot be used: ${listenProblem(error)}.`, { cause: error });

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has that port; stop it or choose another port',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'there is no such host',
  EACCES: 'no permission; ports below 1024 usually need more rights',
};

const listenProblem = (error: unknown): string => LISTEN_PROBLEMS[codeOf(error)] ?? reasonOf(error);
