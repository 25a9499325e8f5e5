import type { NodeKey } from '@sotto/protocol/ring';
import type { RandomSource } from '../random-source.ts';
import type { RingEnvelope } from './ring-envelope.ts';
import type { RingScene } from './ring-scene.ts';
import { SeenView } from './seen-view.ts';

const LOOK_MS = 20_000;
const SWEEP_MS = 3 * 60_000;
const ACKNOWLEDGE_MS = 2000;

/** What somebody says of envelopes that are on its own disk. */
export interface Acknowledgement {
  readonly mailbox: string;
  readonly partition: number;
  readonly items: readonly { readonly id: string; readonly expiresMs: number }[];
}

/** Somebody who receives: attached to one home for what is new, comparing with the others from time to time. */
export class RingRecipient {
  readonly name: string;
  readonly mailbox: string;
  readonly partition: number;
  /** Switched off: it receives nothing, and what it has on its disk stays. */
  away = false;
  readonly #scene: RingScene;
  readonly #random: RandomSource;
  readonly #seen: SeenView;
  readonly #shown = new Set<string>();
  #attached: NodeKey | null = null;
  #next = 0;
  #sweepAt = 0;
  /** By the node that delivered it. */
  #unsaid = new Map<NodeKey, Map<string, number>>();

  constructor(
    scene: RingScene,
    options: {
      readonly mailbox: string;
      readonly partition: number;
      readonly random: RandomSource;
      readonly skewMs: number;
      readonly bootstrap: readonly NodeKey[];
    },
  ) {
    this.name = `device of ${options.mailbox}`;
    this.mailbox = options.mailbox;
    this.partition = options.partition;
    this.#scene = scene;
    this.#random = options.random;
    this.#seen = new SeenView(scene, this.name, options.random.fork('view'), options.skewMs, options.bootstrap);
    this.#look();
  }

  /** What it was about to acknowledge comes again. */
  leave(): void {
    this.away = true;
    this.#attached = null;
    this.#unsaid = new Map();
  }

  return(): void {
    this.away = false;
    this.#sweepAt = 0;
  }

  /** Its own disk has it before anything is said about it. */
  receive(from: NodeKey, envelope: RingEnvelope): void {
    const { tell, bug } = this.#scene;
    const { id } = envelope;
    if (this.away) return;
    if (!this.#shown.has(id) || bug === 'no-deduplication') tell({ type: 'shown', id, by: this.name });
    this.#shown.add(id);
    const unsaid = this.#unsaid.get(from) ?? new Map<string, number>();
    if (this.#unsaid.size === 0) this.#scene.queue.after(ACKNOWLEDGE_MS, () => this.#acknowledge());
    this.#unsaid.set(from, unsaid.set(id, envelope.expiresMs));
  }

  #look(): void {
    this.#scene.queue.after(LOOK_MS * (0.5 + this.#random.next()), () => this.#look());
    if (this.away) return;
    const { homes } = this.#seen.view().homes(this.partition);
    if (homes.length === 0) return;
    if (this.#attached === null || !homes.includes(this.#attached) || !this.#reaches(this.#attached)) {
      this.#attached = null;
      this.#attach(homes[this.#next++ % homes.length] as NodeKey);
    } else this.#next = 0;
    if (this.#sweepAt > this.#scene.queue.now()) return;
    this.#sweepAt = this.#scene.queue.now() + SWEEP_MS;
    for (const home of homes) this.#ask(home, false);
  }

  #attach(home: NodeKey): void {
    if (!this.#reaches(home)) return;
    this.#attached = home;
    this.#ask(home, true);
  }

  /** A link that breaks is noticed at its end, as a socket's is. */
  #reaches(home: NodeKey): boolean {
    return this.#scene.nodes.get(home)?.up === true && this.#scene.network.reaches(this.name, home);
  }

  #ask(home: NodeKey, attach: boolean): void {
    const node = this.#scene.nodes.get(home);
    if (node !== undefined) this.#scene.network.carry(this.name, home, () => node.serve(this, attach));
  }

  /** To whom it came from; and, signed, to all homes by way of the one it is attached to. */
  #acknowledge(): void {
    const { network, nodes, ledger, tell } = this.#scene;
    const { mailbox, partition } = this;
    const unsaid = this.#unsaid;
    this.#unsaid = new Map();
    const all = new Map<string, number>();
    for (const [from, ids] of unsaid) {
      const items = [...ids].map(([id, expiresMs]) => ({ id, expiresMs }));
      for (const { id, expiresMs } of items) all.set(id, expiresMs);
      network.carry(this.name, from, () => nodes.get(from)?.acknowledge({ mailbox, partition, items }, false));
    }
    for (const id of all.keys()) {
      if (!ledger.isOwed(id, 0)) continue;
      ledger.confirmed(id);
      tell({ type: 'confirmed', id, by: this.name });
    }
    const home = this.#attached;
    if (home === null) return;
    const items = [...all].map(([id, expiresMs]) => ({ id, expiresMs }));
    network.carry(this.name, home, () => nodes.get(home)?.acknowledge({ mailbox, partition, items }, true));
  }
}
