import { mkdirSync } from 'node:fs';
import {
  createNodeSecrets,
  DEFAULT_STORE_LIMITS,
  NodeCore,
  nodeIdentityOf,
  NodeMetrics,
  openStore,
  type RelayStore,
} from '@sotto/node';
import { createServer, nodeClock } from '@sotto/node/server';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { LinkChannel, LinkResponder, type Socket } from '@sotto/protocol/link';
import type { Frame } from '@sotto/protocol/wire';

/** Everything a node gets to see, kept by a node that, unlike Sotto's, takes notes. */
export interface Notes {
  /** What came over the network, as it came. */
  readonly raw: Uint8Array[];
  /** Decoded, with the account that proved itself on the link; null: an anonymous link. */
  readonly frames: { readonly account: Uint8Array | null; readonly frame: Frame }[];
  /** Arguments of every call of the store. */
  readonly stored: unknown[];
  /** Lines of the log. */
  readonly log: string[];
}

export interface RecordingNode {
  readonly url: string;
  readonly record: Notes;
  readonly dataDir: string;
  metricsText(): Promise<string>;
  close(): Promise<void>;
}

/** A real node with a real database in this process, every one of its senses tapped. */
export async function startRecordingNode(dataDir: string): Promise<RecordingNode> {
  const record: Notes = { raw: [], frames: [], stored: [], log: [] };
  const untap = tapLinks(record);
  mkdirSync(dataDir, { recursive: true });
  const store = await openStore('sqlite', { dataDir, limits: DEFAULT_STORE_LIMITS });
  const metrics = new NodeMetrics();
  const note = (event: string, fields: object = {}): void => void record.log.push(`${event} ${JSON.stringify(fields)}`);
  const server = await createServer({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    metrics,
    isRoom: false,
    publicUrl: null,
    core: (port) => {
      const core = new NodeCore({
        primitives: nodePrimitives,
        random: systemRandom,
        clock: nodeClock,
        defer: (callback) => void setImmediate(callback),
        store: tapped(store, record),
        identity: nodeIdentityOf(nodePrimitives, createNodeSecrets(systemRandom)),
        urls: [`ws://127.0.0.1:${port}`],
        psk: null,
        limits: {},
        log: { info: note, warn: note, error: note },
        metrics,
        onGuest: () => undefined,
      });
      const accept = core.accept.bind(core);
      core.accept = (socket, subprotocol, remote) => {
        accept(socket, subprotocol, remote);
        tapSocket(socket, record);
      };
      return core;
    },
  });
  return {
    url: server.url,
    record,
    dataDir,
    metricsText: async () => await (await fetch(`${server.url.replace('ws', 'http')}/metrics`)).text(),
    close: async () => {
      await server.close();
      await store.close();
      untap();
    },
  };
}

function tapSocket(socket: Socket, record: Notes): void {
  let hear = socket.onMessage;
  const listen = (message: Uint8Array): void => {
    // A copy: links open messages in place.
    record.raw.push(Uint8Array.from(message));
    hear(message);
  };
  Object.defineProperty(socket, 'onMessage', {
    get: () => listen,
    set: (next: typeof hear) => {
      hear = next;
    },
  });
}

/** Links are opened by this process's node only: the clients run in processes of their own. */
function tapLinks(record: Notes): () => void {
  const accounts = new WeakMap<LinkChannel, Uint8Array>();
  const { receive } = LinkResponder.prototype;
  const { open } = LinkChannel.prototype;
  LinkResponder.prototype.receive = function (message) {
    const step = receive.call(this, message);
    if (step.done && this.certificate !== null) accounts.set(this.channel, this.certificate.account);
    return step;
  };
  LinkChannel.prototype.open = function (...args) {
    const frames = open.apply(this, args);
    for (const frame of frames)
      record.frames.push({ account: accounts.get(this) ?? null, frame: structuredClone(frame) });
    return frames;
  };
  return () => {
    LinkResponder.prototype.receive = receive;
    LinkChannel.prototype.open = open;
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
