import type { Primitives } from '@sotto/protocol/crypto';
import { type Homes, type NodeKey, partitionOf, type View } from '@sotto/protocol/ring';
import { keyOf } from '../../text-key.ts';
import type { RingRuntime } from '../ring-runtime.ts';

/** Who keeps a mailbox, seen from this node. */
export interface Place {
  readonly partition: number;
  readonly homes: Homes;
  readonly isHome: boolean;
  readonly isStandIn: boolean;
  /** The homes that this node is not. */
  readonly others: readonly NodeKey[];
}

/** Partitions kept in memory by mailbox, so that an envelope costs no hash. */
const REMEMBERED = 10_000;

/** Where mailboxes belong by the view of now (RING-5). */
export class HomeFinder {
  /** Nobody else keeps anything: whatever comes is this node's, and nobody has to be asked. */
  alone = true;
  readonly #primitives: Primitives;
  readonly #ring: RingRuntime;
  #view: View | null = null;
  #places = new Map<number, Place>();
  #partitions = new Map<string, number>();

  constructor(parts: { readonly primitives: Primitives; readonly ring: RingRuntime }) {
    this.#primitives = parts.primitives;
    this.#ring = parts.ring;
    this.#look(parts.ring.view());
    parts.ring.onView((view) => this.#look(view));
  }

  get self(): NodeKey {
    return this.#ring.self;
  }

  /** @param mailbox account key, 32 B */
  of(mailbox: Uint8Array): Place {
    return this.at(this.partition(mailbox));
  }

  at(partition: number): Place {
    const view = this.#ring.view();
    if (view !== this.#view) this.#look(view);
    let place = this.#places.get(partition);
    if (place === undefined) this.#places.set(partition, (place = this.#place(view, partition)));
    return place;
  }

  partition(mailbox: Uint8Array): number {
    const key = keyOf(mailbox);
    let partition = this.#partitions.get(key);
    if (partition === undefined) {
      if (this.#partitions.size >= REMEMBERED) this.#partitions = new Map();
      this.#partitions.set(key, (partition = partitionOf(this.#primitives, mailbox)));
    }
    return partition;
  }

  #place(view: View, partition: number): Place {
    const { self } = this.#ring;
    const homes = view.homes(partition);
    return {
      partition,
      homes,
      isHome: homes.homes.includes(self),
      isStandIn: homes.standIns.includes(self),
      others: homes.homes.filter((key) => key !== self),
    };
  }

  #look(view: View): void {
    this.#view = view;
    this.#places = new Map();
    const keepers = view.members.filter(({ weight }) => weight > 0);
    // Nobody at all: its own lease ended while it slept. It goes on for its own mailboxes.
    this.alone = keepers.every(({ key }) => key === this.#ring.self);
  }
}
