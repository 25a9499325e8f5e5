import { mkdirSync } from 'node:fs';
import {
  createNodeSecrets,
  DEFAULT_STORE_LIMITS,
  NodeCore,
  nodeIdentityOf,
  NodeMetrics,
  openStore,
  type NodeSecrets,
  type RelayStore,
} from '@sotto/node';
import { createServer, nodeClock } from '@sotto/node/server';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import type { Primitives } from '@sotto/protocol/crypto';
import { LinkChannel, LinkResponder, type Socket } from '@sotto/protocol/link';
import { decodePacket, type Frame } from '@sotto/protocol/wire';

/** A frame, the account that proved itself on its link (null: an anonymous one), and which link it was. */
interface NotedFrame {
  readonly link: number;
  readonly account: Uint8Array | null;
  readonly frame: Frame;
}

/** Everything a node gets to see, kept by a node that, unlike Sotto's, takes notes. */
interface Notes {
  /** What came over the network, as it came: of each link in order. */
  readonly raw: { readonly link: number; readonly bytes: Uint8Array }[];
  /** What went out, as it went. */
  readonly rawOut: { readonly link: number; readonly bytes: Uint8Array }[];
  /** WebSocket subprotocol of each link. */
  readonly links: string[];
  /** Decoded. */
  readonly frames: NotedFrame[];
  /** What it answered and pushed. */
  readonly told: NotedFrame[];
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

interface TappedLink {
  readonly record: Notes;
  readonly link: number;
}

/** A real node with a real database in this process, every one of its senses tapped. */
export async function startRecordingNode(dataDir: string, options: RecordingNodeOptions = {}): Promise<RecordingNode> {
  const record: Notes = { raw: [], rawOut: [], links: [], frames: [], told: [], stored: [], log: [] };
  tapLinks();
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
      });
      const accept = core.accept.bind(core);
      core.accept = (socket, subprotocol, remote) => {
        const link = record.links.push(subprotocol) - 1;
        tapOutput(socket, { record, link });
        accept(socket, subprotocol, remote);
        tapInput(socket, { record, link });
      };
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

/** The link whose message is being taken in: what is opened meanwhile came on it. */
let current: TappedLink | null = null;

function tapInput(socket: Socket, tapped: TappedLink): void {
  let hear = socket.onMessage;
  const listen = (message: Uint8Array): void => {
    // A copy: links open messages in place.
    tapped.record.raw.push({ link: tapped.link, bytes: Uint8Array.from(message) });
    current = tapped;
    try {
      hear(message);
    } finally {
      current = null;
    }
  };
  Object.defineProperty(socket, 'onMessage', {
    get: () => listen,
    set: (next: typeof hear) => {
      hear = next;
    },
  });
}

function tapOutput(socket: Socket, { record, link }: TappedLink): void {
  const send = socket.send.bind(socket);
  socket.send = (message) => {
    record.rawOut.push({ link, bytes: Uint8Array.from(message) });
    send(message);
  };
}

let tapping = false;

/** Channels of nodes of this process; those of clients in it are left alone. */
function tapLinks(): void {
  if (tapping) return;
  tapping = true;
  const ends = new WeakMap<LinkChannel, TappedLink & { readonly account: Uint8Array | null }>();
  // oxlint-disable typescript/unbound-method -- called with the link they belong to
  const { receive } = LinkResponder.prototype;
  const { open, seal } = LinkChannel.prototype;
  // oxlint-enable typescript/unbound-method
  LinkResponder.prototype.receive = function (message) {
    const step = receive.call(this, message);
    if (step.done && current !== null) {
      ends.set(this.channel, { ...current, account: this.certificate?.account ?? null });
    }
    return step;
  };
  LinkChannel.prototype.open = function (...args) {
    const frames = open.apply(this, args);
    const end = ends.get(this);
    for (const frame of frames) end?.record.frames.push({ ...nameOf(end), frame: structuredClone(frame) });
    return frames;
  };
  LinkChannel.prototype.seal = function (packet, out) {
    const end = ends.get(this);
    if (end !== undefined) {
      for (const frame of decodePacket(Uint8Array.from(packet))) end.record.told.push({ ...nameOf(end), frame });
    }
    return seal.call(this, packet, out);
  };
}

const nameOf = ({ link, account }: TappedLink & { account: Uint8Array | null }): Omit<NotedFrame, 'frame'> => ({
  link,
  account,
});

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
