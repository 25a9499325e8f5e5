import { nodePrimitives as primitives } from '@sotto/primitives-node';
import type { Random } from '@sotto/protocol/crypto';
import type { NoiseCipher } from '@sotto/protocol/noise';
import { type AcknowledgeFrame, AttachSchema, create, type FrameBody, type SendFrame } from '@sotto/protocol/wire';
import type { Limits } from '../limits.ts';
import type { Log, LogFields } from '../log.ts';
import { NodeCore } from '../node-core.ts';
import { createNodeSecrets, type NodeIdentity, nodeIdentityOf } from '../node-identity.ts';
import { NodeMetrics } from '../node-metrics.ts';
import { type RingOptions, ringOfOne } from '../ring/ring-options.ts';
import { MemoryStore } from '../store/memory/memory-store.ts';
import type { RelayStore } from '../store/relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store/store-limits.ts';
import type { StageTimes } from '../stages/stage-times.ts';
import { localWake } from '../wake/local-wake.ts';
import type { Wake } from '../wake/wake.ts';
import { TestClient } from './test-client.ts';
import { TestPerson } from './test-person.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualSocket } from './virtual-socket.ts';

export interface TestNodeOptions {
  readonly store?: RelayStore | null;
  readonly psk?: Uint8Array | null;
  readonly limits?: Partial<Limits>;
  readonly identity?: NodeIdentity;
  readonly clock?: VirtualClock;
  readonly ring?: Partial<RingOptions>;
  readonly url?: string;
  readonly seed?: number;
  readonly wake?: Wake;
  readonly stages?: StageTimes;
}

interface TestLink {
  readonly cipher?: NoiseCipher;
  readonly psk?: Uint8Array | null;
  readonly remote?: string;
}

export const START_MS = 1_790_000_000_000;

/** Not random at all: each call differs, each run is the same. */
function countingRandom(seed: number): Random {
  let calls = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    const input = new Uint8Array(12);
    const view = new DataView(input.buffer);
    for (let offset = 0; offset < length; offset += 32) {
      view.setUint32(0, seed);
      view.setUint32(4, calls++);
      bytes.set(primitives.sha256(input).subarray(0, Math.min(32, length - offset)), offset);
    }
    return bytes;
  };
}

/** A node with a virtual clock, and clients over sockets in memory. */
export class TestNode {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly identity: NodeIdentity;
  readonly metrics = new NodeMetrics();
  readonly logged: { event: string; fields: LogFields }[] = [];
  readonly guestNotices: string[] = [];
  readonly core: NodeCore;
  /** An empty one that nobody uses when the node is live. */
  readonly store: RelayStore;
  readonly #psk: Uint8Array | null;

  constructor(options: TestNodeOptions = {}) {
    this.random = countingRandom(options.seed ?? 1);
    this.clock = options.clock ?? new VirtualClock(START_MS);
    this.identity = options.identity ?? nodeIdentityOf(primitives, createNodeSecrets(this.random));
    this.#psk = options.psk ?? null;
    const keep = (event: string, fields: LogFields = {}) => void this.logged.push({ event, fields });
    const log: Log = { info: keep, warn: keep, error: keep };
    const store = options.store === undefined ? new MemoryStore(DEFAULT_STORE_LIMITS) : options.store;
    this.store = store ?? new MemoryStore(DEFAULT_STORE_LIMITS);
    this.core = new NodeCore({
      primitives,
      random: this.random,
      clock: this.clock,
      defer: this.clock.defer,
      store,
      identity: this.identity,
      urls: [options.url ?? 'ws://127.0.0.1:8080'],
      psk: this.#psk,
      limits: options.limits ?? {},
      log,
      metrics: this.metrics,
      onGuest: (name, joined) => void this.guestNotices.push(`${joined ? '+' : '-'}${name}`),
      ring: { ...ringOfOne(), ...options.ring },
      wake: options.wake ?? localWake,
      stages: options.stages ?? null,
    });
  }

  person(): TestPerson {
    return new TestPerson(primitives, this.random, this.clock.now());
  }

  /** A raw socket, for hostile input. */
  raw(subprotocol: string, remote = 'somewhere'): VirtualSocket {
    const [client, server] = VirtualSocket.pair(this.clock.defer);
    this.core.accept(server, subprotocol, remote);
    return client;
  }

  async connect(
    person: TestPerson | null,
    options: TestLink = {},
  ): Promise<TestClient & { serverSocket: VirtualSocket }> {
    const client = this.dial(person, options);
    await this.clock.settle();
    return client;
  }

  /** A link whose handshake was begun. */
  dial(person: TestPerson | null, options: TestLink = {}): TestClient & { serverSocket: VirtualSocket } {
    const [clientEnd, serverEnd] = VirtualSocket.pair(this.clock.defer);
    const client = new TestClient(clientEnd, {
      primitives,
      random: this.random,
      node: this.identity,
      person,
      psk: options.psk === undefined ? this.#psk : options.psk,
      cipher: options.cipher ?? 'ChaChaPoly',
    });
    this.core.accept(serverEnd, client.subprotocol, options.remote ?? 'somewhere');
    client.start();
    return Object.assign(client, { serverSocket: serverEnd });
  }

  /** Asks and waits until nothing happens any more. */
  async ask(client: TestClient, body: FrameBody): Promise<FrameBody | undefined> {
    const request = client.post(body);
    await this.clock.settle();
    return client.answer(request);
  }

  send(client: TestClient, value: SendFrame): Promise<FrameBody | undefined> {
    return this.ask(client, { case: 'send', value });
  }

  /** A person whose keys and access are published, attached or not. */
  async resident(attach = true, name = ''): Promise<{ person: TestPerson; client: TestClient }> {
    const person = this.person();
    const client = await this.connect(person);
    if (attach) await this.attach(client, name);
    await this.ask(client, { case: 'publishKeys', value: person.upload(2, 1) });
    await this.ask(client, { case: 'setAccess', value: person.access() });
    return { person, client };
  }

  async attach(client: TestClient, name = '', listed = false): Promise<FrameBody | undefined> {
    return this.ask(client, { case: 'attach', value: create(AttachSchema, { name, listed }) });
  }

  /** Acknowledges everything delivered so far. */
  acknowledge(client: TestClient, person: TestPerson): void {
    const ids = client.all('deliver').map((delivered) => person.idOf(delivered));
    client.post({ case: 'acknowledge', value: acknowledgeFrame(ids) }, false);
  }
}

export function acknowledgeFrame(ids: readonly Uint8Array[]): AcknowledgeFrame {
  const all = new Uint8Array(ids.length * 32);
  for (const [index, id] of ids.entries()) all.set(id, index * 32);
  return { ids: all };
}
