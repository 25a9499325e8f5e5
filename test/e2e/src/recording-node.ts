import { mkdirSync } from 'node:fs';
import {
  createNodeSecrets,
  DEFAULT_STORE_LIMITS,
  NodeCore,
  nodeIdentityOf,
  NodeMetrics,
  localWake,
  ringOfOne,
  openStore,
  type NodeSecrets,
  type RelayStore,
} from '@sotto/node';
import { createServer, nodeClock } from '@sotto/node/server';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import type { Primitives } from '@sotto/protocol/crypto';
import { type LinkNotes, noNotes, noteLinks } from './link-notes.ts';

/** Everything a node gets to see, kept by a node that, unlike Sotto's, takes notes. */
interface Notes extends LinkNotes {
  /** Arguments of every call of the store. */
  readonly stored: { readonly verb: string; readonly args: unknown[] }[];
  /** Lines of the log. */
  readonly log: string[];
}

export interface RecordingNodeOptions {
  /** A live node: nothing is kept. */
  readonly live?: boolean;
  readonly psk?: Uint8Array;
  /** 0: a free one. */
  readonly port?: number;
  /** Of another node: who has stolen them. */
  readonly secrets?: NodeSecrets;
  /** A node that does not do what Sotto's does. */
  readonly primitives?: Primitives;
}

export interface RecordingNode {
  readonly url: string;
  readonly port: number;
  readonly core: NodeCore;
  readonly secrets: NodeSecrets;
  /** Node id and network id, 32 B. */
  readonly nodeId: Uint8Array;
  readonly network: Uint8Array;
  readonly record: Notes;
  readonly dataDir: string;
  metricsText(): Promise<string>;
  close(): Promise<void>;
}

/** A real node with a real database in this process, every one of its senses tapped. */
export async function startRecordingNode(dataDir: string, options: RecordingNodeOptions = {}): Promise<RecordingNode> {
  const record: Notes = { ...noNotes(), stored: [], log: [] };
  mkdirSync(dataDir, { recursive: true });
  const store = options.live === true ? null : await openStore('sqlite', { dataDir, limits: DEFAULT_STORE_LIMITS });
  const primitives = options.primitives ?? nodePrimitives;
  const secrets = options.secrets ?? createNodeSecrets(systemRandom);
  const identity = nodeIdentityOf(nodePrimitives, secrets);
  const metrics = new NodeMetrics();
  const note = (event: string, fields: object = {}): void => void record.log.push(`${event} ${JSON.stringify(fields)}`);
  const server = await createServer({
    host: '127.0.0.1',
    port: options.port ?? 0,
    tls: null,
    metrics,
    isRoom: options.psk !== undefined,
    publicUrl: null,
    core: (port) => {
      const core = new NodeCore({
        primitives,
        random: systemRandom,
        clock: nodeClock,
        defer: (callback) => void setImmediate(callback),
        store: store === null ? null : tapped(store, record),
        identity,
        urls: [`ws://127.0.0.1:${port}`],
        psk: options.psk ?? null,
        limits: {},
        log: { info: note, warn: note, error: note },
        metrics,
        onGuest: () => undefined,
        ring: ringOfOne(),
        wake: localWake,
        stages: null,
      });
      noteLinks(core, record, () => nodeClock.now());
      return core;
    },
  });
  return {
    url: server.url,
    port: server.port,
    core: server.core,
    secrets,
    nodeId: identity.nodeId,
    network: identity.network,
    record,
    dataDir,
    metricsText: async () => await (await fetch(`${server.url.replace('ws', 'http')}/metrics`)).text(),
    close: async () => {
      await server.close();
      await store?.close();
    },
  };
}

function tapped(store: RelayStore, record: Notes): RelayStore {
  return new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        record.stored.push({ verb: String(name), args: structuredClone(args) });
        return (member as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
