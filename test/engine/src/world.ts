import { createIdentity, DialError, linkDevice, openEngine } from '@sotto/engine';
import type { Clock, Dialer, Engine, EngineEvent, Message, Platform } from '@sotto/engine';
import { NodeStore } from '@sotto/engine/platform/node';
import {
  createNodeSecrets,
  DEFAULT_STORE_LIMITS,
  NodeCore,
  nodeIdentityOf,
  NodeMetrics,
  localWake,
  ringOfOne,
  openStore,
  silentLog,
} from '@sotto/node';
import type { NodeIdentity, RelayStore, RingOptions } from '@sotto/node';
import { nodePrimitives } from '@sotto/primitives-node';
import { fromUtf8, utf8 } from '@sotto/protocol/crypto';
import type { Primitives, Random } from '@sotto/protocol/crypto';
import { MortalStore } from './mortal-store.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualSocket } from './virtual-socket.ts';

const START_MS = 1_800_000_000_000;

/** Unpredictable enough, and the same in each run. */
function seededRandom(seed: number): Random {
  let calls = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) {
      const input = new TextEncoder().encode(`${seed}/${calls++}`);
      bytes.set(nodePrimitives.sha256(input).subarray(0, Math.min(32, length - offset)), offset);
    }
    return bytes;
  };
}

export interface NodeOptions {
  readonly live?: boolean;
  readonly psk?: Uint8Array;
  /** Stands between the node and its store: a disk that forgets. */
  readonly wrap?: (store: RelayStore) => RelayStore;
  /** Its place in a ring; without one it is alone. */
  readonly member?: { readonly identity: NodeIdentity; readonly ring: RingOptions };
}

/** A node at a URL; its store survives stop() and start(). */
export class WorldNode {
  readonly url: string;
  readonly identity: NodeIdentity;
  readonly store: RelayStore | null;
  readonly psk: Uint8Array | null;
  readonly metrics = new NodeMetrics();
  core: NodeCore | null = null;
  readonly sockets = new Set<VirtualSocket>();
  readonly #world: World;
  readonly #ring: RingOptions | null;

  constructor(world: World, url: string, store: RelayStore | null, options: NodeOptions) {
    this.#world = world;
    this.url = url;
    this.store = store;
    this.psk = options.psk ?? null;
    this.identity = options.member?.identity ?? nodeIdentityOf(nodePrimitives, createNodeSecrets(world.random));
    this.#ring = options.member?.ring ?? null;
    this.start();
  }

  start(): void {
    this.core = new NodeCore({
      primitives: nodePrimitives,
      random: this.#world.random,
      clock: this.#world.clock,
      defer: (run) => void this.#world.clock.after(0, run),
      store: this.store,
      identity: this.identity,
      urls: [this.url],
      psk: this.psk,
      limits: {},
      log: silentLog,
      metrics: this.metrics,
      onGuest: () => undefined,
      ring: this.#ring ?? ringOfOne(),
      wake: localWake,
      stages: null,
    });
  }

  /** As if the process were killed. */
  stop(): void {
    if (this.#ring !== null) this.core?.abandon();
    this.core = null;
    for (const socket of this.sockets) socket.cut();
    this.sockets.clear();
  }
}

/** One device of a person. The store survives crashes of the engine. */
export class Person {
  readonly name: string;
  readonly store: NodeStore;
  readonly platform: Platform;
  readonly events: EngineEvent[] = [];
  readonly sockets = new Set<VirtualSocket>();
  onDial: (url: string) => void = () => undefined;
  /** Nodes that this person does not reach. */
  readonly unreachable = new Set<string>();
  /** Nothing can be dialled; what was open is gone. */
  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  set isCutOff(value: boolean) {
    this.#isCutOff = value;
    if (!value) return;
    for (const socket of this.sockets) socket.cut();
    this.sockets.clear();
  }

  #isCutOff = false;
  /** Every write fails. */
  diskFull = false;
  #engine: Engine | null = null;
  #life: { alive: boolean };
  readonly #world: World;
  readonly #databaseKey: Uint8Array;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.store = new NodeStore(':memory:');
    this.#databaseKey = world.random(32);
    this.#life = { alive: true };
    this.platform = this.#platform(this.#life);
  }

  /** A new account. @returns its recovery phrase */
  async create(node: WorldNode, name: string): Promise<string> {
    return (await createIdentity(this.platform, { name, node: node.url, psk: node.psk })).phrase;
  }

  get engine(): Engine {
    if (this.#engine === null) throw new Error(`${this.name} is not running`);
    return this.#engine;
  }

  async open(): Promise<Engine> {
    const engine = await this.start();
    await this.#world.clock.settle();
    return engine;
  }

  /** As open(), for callers that time itself runs. */
  async start(): Promise<Engine> {
    this.#life = { alive: true };
    this.#engine = await openEngine(this.#platform(this.#life));
    this.#engine.on((event) => this.events.push(event));
    return this.#engine;
  }

  async close(): Promise<void> {
    await this.#world.during(this.engine.close());
    this.#engine = null;
  }

  /** As close(), for callers that time itself runs. */
  async leave(): Promise<void> {
    await this.engine.close();
    this.#engine = null;
  }

  /** The process is gone between two statements; what was committed stays. */
  crash(): void {
    this.#life.alive = false;
    this.#engine = null;
    for (const socket of this.sockets) socket.cut();
    this.sockets.clear();
  }

  get isRunning(): boolean {
    return this.#engine !== null && this.#life.alive;
  }

  /** The process ends at the n-th commit from now: `before` it, or right `after` it. */
  crashAtCommit(n: number, when: 'before' | 'after'): void {
    this.#life = Object.assign(this.#life, { countdown: n, when });
  }

  async texts(other: Person): Promise<string[]> {
    return (await this.messages(other)).map(({ content }) =>
      'text' in content ? content.text : JSON.stringify(content),
    );
  }

  /** Everything this person's database says to who has its key: no word that is gone may be among it. */
  words(): string {
    const key = nodePrimitives.hkdf(new Uint8Array(0), this.#databaseKey, utf8('sotto/rows/1'), 32);
    const said: string[] = [];
    for (const [table, name] of [
      ['message', 'position'],
      ['amendment', 'number'],
      ['outbox', 'id'],
      ['held', "contact || '/' || device || '/' || ord"],
    ] as const) {
      for (const row of this.store.all(`SELECT ${name} AS name, sealed FROM ${table} WHERE length(sealed) > 0`)) {
        const sealed = row['sealed'] as Uint8Array;
        const bound = utf8(`sotto/row/1|${table}|${row['name'] as string | number}`);
        const record = nodePrimitives.xChaChaPoly.open(key, sealed.subarray(0, 24), bound, sealed.subarray(24));
        if (record === null) throw new Error('a row that does not open');
        said.push(fromUtf8(record));
      }
    }
    return said.join('\n');
  }

  async messages(other: Person): Promise<Message[]> {
    const { address } = await this.#world.whois(other);
    const page = await this.engine.history({ conversation: address, limit: 1000 });
    return page.messages;
  }

  #platform(life: { alive: boolean }): Platform {
    const { clock, random } = this.#world;
    return {
      primitives: this.#world.primitives,
      random,
      clock: mortalClock(clock, life),
      dialer: this.#world.dialer(this, life),
      store: new MortalStore(
        this.store,
        life,
        () => this.crash(),
        () => this.diskFull,
      ),
      openMemoryStore: (image) => NodeStore.inMemory(image),
      databaseKey: this.#databaseKey,
      keyProtection: 'memory',
      freeBytes: () => null,
    };
  }
}

/** Nodes, people and the network between them. */
export class World {
  readonly clock = new VirtualClock(START_MS);
  readonly random: Random;
  /** Of the people; the nodes have their own. */
  readonly primitives: Primitives;
  readonly nodes = new Map<string, WorldNode>();
  readonly people: Person[] = [];
  readonly #addresses = new Map<Person, { address: string; invite: string }>();

  constructor(seed = 1, primitives: Primitives = nodePrimitives) {
    this.random = seededRandom(seed);
    this.primitives = primitives;
  }

  async node(url = 'ws://node.example:8080', options: NodeOptions = {}): Promise<WorldNode> {
    const store =
      options.live === true ? null : await openStore('memory', { dataDir: '', limits: DEFAULT_STORE_LIMITS });
    const wrapped = store === null || options.wrap === undefined ? store : options.wrap(store);
    const node = new WorldNode(this, url, wrapped, options);
    this.nodes.set(url, node);
    return node;
  }

  /** Somebody whose keys are published at the node. */
  async person(name: string, node: WorldNode, running = true): Promise<Person> {
    const person = new Person(this, name);
    this.people.push(person);
    await createIdentity(person.platform, { name, node: node.url, psk: node.psk });
    await person.open();
    await this.clock.until(async () => (await person.engine.whoami()).invite !== '');
    await this.clock.advance(200);
    const { address, invite } = await person.engine.whoami();
    this.#addresses.set(person, { address, invite });
    if (!running) await person.close();
    return person;
  }

  /** One more device of somebody who is running, linked with a code. */
  async device(of: Person, name: string, node: WorldNode, history = true): Promise<Person> {
    const device = new Person(this, name);
    this.people.push(device);
    let code = '';
    const linked = linkDevice(device.platform, {
      node: node.url,
      psk: node.psk,
      name,
      onCode: (text) => (code = text),
    });
    linked.catch(() => undefined);
    await this.clock.until(() => code !== '');
    await this.during(of.engine.approveLink({ code, history }));
    await this.during(linked);
    await device.open();
    // Until the devices have met and everybody knows of the new one.
    await this.clock.advance(45_000);
    return device;
  }

  async whois(person: Person): Promise<{ address: string; invite: string }> {
    if (person.isRunning) {
      const { address, invite } = await person.engine.whoami();
      this.#addresses.set(person, { address, invite });
    }
    const known = this.#addresses.get(person);
    if (known === undefined) throw new Error('unknown person');
    return known;
  }

  /** Both have each other as contacts. */
  async introduce(a: Person, b: Person): Promise<void> {
    const [ofA, ofB] = [await this.whois(a), await this.whois(b)];
    await a.engine.add({ to: ofB.invite });
    await b.engine.add({ to: ofA.invite });
  }

  dialer(person: Person, life: { alive: boolean }): Dialer {
    return {
      open: (url, subprotocol) => {
        person.onDial(url);
        const socket = new Promise<VirtualSocket>((resolve, reject) => {
          this.clock.after(1, () => {
            const node = this.nodes.get(url);
            const core = node?.core ?? null;
            if (!life.alive || person.isCutOff || person.unreachable.has(url) || node === undefined || core === null)
              return reject(new DialError('unreachable', 'nobody there'));
            const [client, server] = VirtualSocket.pair((run) => void this.clock.after(0, run));
            person.sockets.add(client);
            node.sockets.add(server);
            core.accept(server, subprotocol, person.name);
            resolve(client);
          });
        });
        return { socket, cancel: () => void socket.then((open) => open.close(1000, '')).catch(() => undefined) };
      },
    };
  }

  /** What a call answers, while time goes on. */
  async during<T>(call: Promise<T>): Promise<T> {
    let ended = false;
    const watched = call.finally(() => (ended = true));
    watched.catch(() => undefined);
    await this.clock.until(() => ended);
    return await watched;
  }

  async end(): Promise<void> {
    for (const person of this.people) {
      if (person.isRunning) await person.close();
    }
  }
}

function mortalClock(clock: VirtualClock, life: { alive: boolean }): Clock {
  return {
    now: () => clock.now(),
    after: (ms, callback) => clock.after(ms, () => (life.alive ? callback() : undefined)),
  };
}
