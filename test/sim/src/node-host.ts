import {
  createNodeSecrets,
  DEFAULT_LIMITS,
  type Limits,
  NodeCore,
  type NodeIdentity,
  nodeIdentityOf,
  NodeMetrics,
  type RelayStore,
  localWake,
  ringOfOne,
} from '@sotto/node';
import type { Primitives } from '@sotto/protocol/crypto';
import type { Journal } from './journal.ts';
import { type DiskFaults, type DiskObserver, NodeDisk } from './node-disk.ts';
import type { RandomSource } from './random-source.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualNetwork } from './virtual-network.ts';
import { VirtualProcess } from './virtual-process.ts';

export interface NodeHostParts {
  readonly primitives: Primitives;
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly random: RandomSource;
  readonly journal: Journal;
  readonly url: string;
  /** What survives. */
  readonly durable: RelayStore;
  readonly limits: Partial<Limits>;
  readonly skewMs: () => number;
  readonly diskFaults: () => DiskFaults;
  readonly observer: DiskObserver;
}

/** A node: started, killed and started again; identity and disk stay. */
export class NodeHost {
  readonly #parts: NodeHostParts;
  readonly #identity: NodeIdentity;
  readonly #ring = ringOfOne();
  #process: VirtualProcess | null = null;
  #core: NodeCore | null = null;
  diskIsFull = false;
  /** Called when a life has ended. */
  onEnd: () => void = () => undefined;

  constructor(parts: NodeHostParts) {
    this.#parts = parts;
    this.#identity = nodeIdentityOf(parts.primitives, createNodeSecrets(parts.random.bytes));
  }

  start(): void {
    if (this.#process?.alive === true) return;
    const { primitives, clock, network, random, journal, url, durable, limits, diskFaults, observer } = this.#parts;
    const process = new VirtualProcess(clock, this.#parts.skewMs());
    const isFull = (): boolean => this.diskIsFull;
    const store = new NodeDisk({ durable, clock, random, process, faults: diskFaults, isFull, observer });
    const tell = (event: string, fields: object = {}): void =>
      process.run(() => journal.note('node', `${event} ${JSON.stringify(fields)}`));
    const core = new NodeCore({
      primitives,
      random: random.bytes,
      clock: process.clock,
      defer: (run) => void process.clock.after(0, run),
      store,
      identity: this.#identity,
      urls: [url],
      psk: null,
      limits: { ...DEFAULT_LIMITS, ...limits },
      log: { info: () => undefined, warn: tell, error: tell },
      metrics: new NodeMetrics(),
      onGuest: () => undefined,
      ring: this.#ring,
      wake: localWake,
      stages: null,
    });
    process.onKill(() => {
      core.abandon();
      clock.after(0, () => this.onEnd());
    });
    this.#process = process;
    this.#core = core;
    network.listen(url, {
      process,
      accept: (socket, subprotocol, remote) => process.run(() => core.accept(socket, subprotocol, remote)),
    });
    journal.note('node', 'starts');
  }

  /** Power cut: what was not synced is gone. */
  kill(): void {
    if (this.#process?.alive !== true) return;
    this.#parts.journal.note('node', 'is killed');
    this.#process.kill();
  }

  /** For good. */
  dispose(): void {
    this.onEnd = () => undefined;
    this.kill();
  }

  /** An orderly stop: tells everybody, finishes what is on its way to the disk. */
  drain(): void {
    const process = this.#process;
    if (process?.alive !== true) return;
    this.#parts.journal.note('node', 'drains');
    void this.#core?.drain().then(() => process.clock.after(10, () => process.kill()));
  }
}
