import { type AddressInfo, createServer as createProbe } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import type { Config } from '../config/config.ts';
import { LiveDirectory } from '../live/live-directory.ts';
import type { Log } from '../log.ts';
import { NodeCore } from '../node-core.ts';
import { createNodeSecrets, nodeIdentityOf } from '../node-identity.ts';
import { NodeMetrics } from '../node-metrics.ts';
import { memoryRingFile } from '../ring/ring-file.ts';
import { openControl } from '../server/control/open-control.ts';
import { hostInUrl } from '../server/create-server.ts';
import { codeOf } from '../server/file-error.ts';
import { readTls } from '../server/given-files.ts';
import { nodeClock } from '../server/node-clock.ts';
import { loadNodeSecrets, makeDataDirectory } from '../server/node-key-file.ts';
import { openNodeStore } from '../server/open-node-store.ts';
import { ownUrls } from '../server/own-urls.ts';
import { ringJsonFile } from '../server/ring-json-file.ts';
import { RingOperations } from '../server/ring-operations.ts';
import { type RunningNode, unusableAddress } from '../server/start-node.ts';
import { localWake } from '../wake/local-wake.ts';
import type { BatchChannel } from './batch-channel.ts';
import { hostLiveKeys } from './live-keys-host.ts';
import { controlAlone, noSharedPorts, refuseRing, refuseWhatNeedsOneProcess } from './one-process-only.ts';
import { hostStore } from './store-host.ts';
import { Supervisor, WorkerStartError } from './supervisor.ts';
import { WakeHub } from './wake-hub.ts';
import { CHANNEL_VERSION } from './worker-orders.ts';

/** Workers of a node that was killed may have the port for a moment longer. */
const PROBES = 10;
const PROBE_MS = 50;
const TICKET_KEY_BYTES = 48;
/** What systems say that cannot deal connections of one port out to several processes. */
const NO_SHARED_PORTS = ['ENOTSUP', 'ENOPROTOOPT', 'EINVAL'];

/**
 * A node of several processes that share one port: this one has the store, the ring file and the control socket, and
 * starts the workers, which have the links.
 * @throws ConfigError, RelayStoreError
 */
export async function startWorkers(config: Config, log: Log): Promise<RunningNode> {
  refuseWhatNeedsOneProcess(config);
  const tls = readTls(config);
  const isLive = config.store === 'none';
  const keepsKeys = !isLive || config.dataGiven || config.identityFile !== null;
  if (keepsKeys) makeDataDirectory(config.data);
  const secrets = keepsKeys
    ? loadNodeSecrets(config.data, systemRandom, config.identityFile)
    : createNodeSecrets(systemRandom);
  const file = isLive ? memoryRingFile() : ringJsonFile(config.data);
  const identity = nodeIdentityOf(nodePrimitives, secrets, file.load()?.founders ?? null);
  refuseRing(file.load(), identity.nodeId);
  const store = await openNodeStore(config, secrets, log);
  try {
    const port = await freePort(config);
    const metrics = new NodeMetrics();
    const urls = ownUrls({ publicUrl: config.publicUrl, host: config.listen.host, isTls: tls !== null }, port);
    const ring = { dialer: null, file, epochSeconds: config.epochSeconds, admits: 'invite' } as const;
    const core = new NodeCore({
      primitives: nodePrimitives,
      random: systemRandom,
      clock: nodeClock,
      defer: (callback) => void setImmediate(callback),
      store,
      identity,
      urls,
      psk: null,
      limits: { ...config.limits, bodySizes: config.bodySizes },
      log,
      metrics,
      onGuest: () => {},
      ring,
      wake: localWake,
      stages: null,
    });
    const operations = new RingOperations({ core, identity, store, metrics });
    const hub = new WakeHub(nodeClock);
    const directory = new LiveDirectory((key) => hub.isAttached(key));
    const serve = (channel: BatchChannel): void => {
      hub.add(channel);
      hostStore(channel, store ?? directory, log);
      if (store === null) hostLiveKeys(channel, directory, (account) => hub.accessChanged(account));
    };
    const supervisor = new Supervisor(
      {
        log,
        metrics,
        order: {
          version: CHANNEL_VERSION,
          workers: config.workers,
          config,
          port,
          secrets,
          tls: tls && { ...tls, ticketKeys: systemRandom(TICKET_KEY_BYTES) },
          ring: file.load(),
        },
        serve,
        ringPage: () => operations.page(),
      },
      nodeClock.now(),
    );
    await started(supervisor, port, config.listen);
    const control = store === null ? null : await openControl(config.data, controlAlone(operations), log);
    const scheme = tls === null ? 'ws' : 'wss';
    return {
      core,
      url: config.publicUrl ?? `${scheme}://${hostInUrl(config.listen.host)}:${port}`,
      nodeId: Buffer.from(identity.nodeId).toString('hex'),
      get metrics() {
        return supervisor.metrics;
      },
      ring: operations,
      close: async () => {
        control?.close();
        await supervisor.stop();
        await core.drain();
        await store?.close();
      },
    };
  } catch (error) {
    await store?.close();
    throw error;
  }
}

async function started(supervisor: Supervisor, port: number, { host }: Config['listen']): Promise<void> {
  try {
    await supervisor.start();
  } catch (error) {
    await supervisor.stop();
    if (error instanceof WorkerStartError && NO_SHARED_PORTS.includes(error.code)) throw noSharedPorts();
    if (error instanceof WorkerStartError && error.code !== 'died') throw unusableAddress(host, port, error);
    throw error;
  }
}

/**
 * The port that the workers will share. Asked for by this process alone first: where ports can be shared, another
 * program of the same user that shares one would not be noticed.
 * @throws ConfigError when another program has it
 */
async function freePort({ listen: { host, port } }: Config): Promise<number> {
  for (let probe = 1; ; probe++) {
    try {
      return await tryPort(host, port);
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE' || probe === PROBES) throw unusableAddress(host, port, error);
      await wait(PROBE_MS);
    }
  }
}

function tryPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createProbe();
    server.once('error', reject);
    server.listen({ host, port }, () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => resolve(found));
    });
  });
}
