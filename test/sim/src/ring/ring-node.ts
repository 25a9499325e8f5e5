import { signDescriptor } from '@sotto/protocol/identity';
import { hexOf, type NodeKey, nodeKeyOf } from '@sotto/protocol/ring';
import type { Admission } from '@sotto/protocol/wire';
import type { RandomSource } from '../random-source.ts';
import { RingDisk } from './ring-disk.ts';
import type { RingEnvelope } from './ring-envelope.ts';
import { RingLife } from './ring-life.ts';
import { EPOCH_MS, LEASE_MS } from './ring-plan.ts';
import { ringPrimitives } from './ring-primitives.ts';
import type { Acknowledgement, RingRecipient } from './ring-recipient.ts';
import type { RingScene } from './ring-scene.ts';

/** A receipt as its sender gets it: of a `Stored` frame, for one envelope. */
export interface GivenReceipt {
  /** Whose it is, 32 B. */
  readonly node: Uint8Array;
  readonly at: number;
  readonly leaves: number;
  readonly signature: Uint8Array;
  readonly leaf: number;
  readonly path: Uint8Array;
}

/** What a node is, whether it runs or not. */
export interface NodeFacts {
  readonly name: string;
  /** Ed25519 seed of the node id. */
  readonly seed: Uint8Array;
  readonly random: RandomSource;
  readonly lying: boolean;
  readonly admission: Admission;
  readonly operator: Uint8Array;
  readonly founders: readonly Uint8Array[];
  readonly weight: number;
  readonly url: string;
}

/** One node: its keys, its disk, and the life it lives at the moment. */
export class RingNode {
  readonly key: NodeKey;
  readonly id: Uint8Array;
  readonly name: string;
  readonly seed: Uint8Array;
  readonly lying: boolean;
  readonly disk: RingDisk;
  readonly random: RandomSource;
  /** Gone for good. */
  removed = false;
  leaving = false;
  /** Of others and itself, as on its disk. */
  saved: readonly Uint8Array[] = [];
  /** Whose addresses it remembers, on its disk as well. */
  readonly met = new Set<NodeKey>();
  skewMs: number;
  readonly #scene: RingScene;
  readonly #facts: NodeFacts;
  /** What a lying node shows when asked for its view. */
  #replayed: readonly Uint8Array[] | null = null;
  #life: RingLife | null = null;

  constructor(scene: RingScene, facts: NodeFacts) {
    this.#scene = scene;
    this.#facts = facts;
    this.seed = facts.seed;
    this.id = ringPrimitives.ed25519.publicKey(facts.seed);
    this.key = nodeKeyOf(this.id);
    this.name = facts.name;
    this.lying = facts.lying;
    this.random = facts.random;
    this.skewMs = this.#drawSkew();
    const { queue, plan, bug } = scene;
    const habits = { acknowledgesEarly: bug === 'ack-before-fsync', keepsTombstones: bug !== 'no-tombstones' };
    this.disk = new RingDisk(queue, facts.random.fork('disk'), plan.disk, habits, (kind, id) => {
      if (kind === 'stored') scene.tell({ type: 'kept', id, node: this.name });
      if (kind === 'acknowledged') scene.tell({ type: 'removed', id, node: this.name });
    });
  }

  get up(): boolean {
    return this.#life !== null;
  }

  /** Home of something, now or soon. */
  get isHomeMaterial(): boolean {
    return !this.leaving && !this.removed;
  }

  /** By its own clock, which goes wrong by the same for a whole life. */
  now(): number {
    return this.#scene.queue.now() + this.skewMs;
  }

  /**
   * Begins for the first time.
   * @param founded descriptors of a ring that begins with this node; none: it joins one
   * @param addresses of nodes to ask
   */
  found(founded: readonly Uint8Array[], addresses: readonly NodeKey[]): void {
    this.saved = founded;
    for (const key of addresses) this.met.add(key);
    this.start();
  }

  start(): void {
    if (this.#scene.plan.clocksMove) this.skewMs = this.#drawSkew();
    const boot = hexOf(this.random.bytes(8));
    this.#life = new RingLife(this.#scene, this, boot);
    this.#life.begin();
  }

  crash(): void {
    this.#life?.end();
    this.#life = null;
    this.disk.crash();
  }

  /** Its disk died and nobody replaces it. */
  remove(): void {
    this.removed = true;
    this.saved = [];
    this.met.clear();
  }

  leave(): void {
    this.leaving = true;
    this.#life?.membership.renew();
  }

  /** Everything it held is with others: it is switched off. */
  finishLeaving(): void {
    this.#scene.tell({ type: 'note', by: this.name, text: 'has left' });
    this.crash();
    this.removed = true;
  }

  /** @param epochsAhead 0: the founder's first one, which holds from now on */
  sign(sequence: number, epochsAhead = 0): Uint8Array {
    const { networkId, truth, queue } = this.#scene;
    const from = (Math.floor(this.now() / EPOCH_MS) + epochsAhead) * EPOCH_MS;
    const encoded = signDescriptor(ringPrimitives, this.seed, {
      linkKey: this.id,
      network: networkId,
      urls: [this.#facts.url],
      weight: this.leaving ? 0 : this.#facts.weight,
      capabilities: ['store'],
      operator: this.#facts.operator,
      from: epochsAhead === 0 ? from - 4 * EPOCH_MS : from,
      until: from + LEASE_MS,
      sequence,
      admission: this.#facts.admission,
      founders: this.#facts.founders,
      epochSeconds: EPOCH_MS / 1000,
    });
    truth.add(encoded, queue.now());
    return encoded;
  }

  /** What it holds of the view; null: it is not there. */
  tellView(): readonly Uint8Array[] | null {
    const life = this.#life;
    if (life === null) return null;
    const current = life.membership.set.all().map(({ encoded }) => encoded);
    if (!this.lying || !this.#scene.plan.lies.replaysViews) return current;
    return (this.#replayed ??= current);
  }

  coordinate(envelope: RingEnvelope, answer: (receipt: GivenReceipt) => void): void {
    this.#life?.coordinate(envelope, answer);
  }

  serve(recipient: RingRecipient, attach: boolean): void {
    this.#life?.delivery.serve(recipient, attach);
  }

  acknowledge(acknowledgement: Acknowledgement, spread: boolean): void {
    this.#life?.delivery.acknowledge(acknowledgement, spread);
  }

  /** The life that is lived now; null: it is down. */
  get life(): RingLife | null {
    return this.#life;
  }

  #drawSkew(): number {
    return Math.round((this.random.next() * 2 - 1) * this.#scene.plan.skewMs);
  }
}
