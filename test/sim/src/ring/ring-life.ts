import { buildReceipts } from '@sotto/protocol/mailbox';
import { epochAt, type NodeKey, type View } from '@sotto/protocol/ring';
import { RefusalCode } from '@sotto/protocol/wire';
import { RingCoordinator } from './ring-coordinator.ts';
import { RingCustody } from './ring-custody.ts';
import { RingDelivery } from './ring-delivery.ts';
import type { StoreOutcome } from './ring-disk.ts';
import type { RingEnvelope } from './ring-envelope.ts';
import { RingMembership } from './ring-membership.ts';
import type { GivenReceipt, RingNode } from './ring-node.ts';
import { EPOCH_MS } from './ring-plan.ts';
import { ringPrimitives } from './ring-primitives.ts';
import { RingRepair } from './ring-repair.ts';
import type { RingScene } from './ring-scene.ts';

const SCRUB_MS = 4 * 60_000;
/** As in a link that was refused or reset: whoever asked is told. */
const TOLD_UNREACHABLE = 0.5;

/** Answer to a Keep. */
export interface KeepAnswer {
  readonly boot: string;
  readonly receipts: readonly { readonly id: string; readonly receipt: GivenReceipt }[];
  readonly refused: readonly { readonly id: string; readonly code: RefusalCode }[];
}

/** One life of a node, from start to crash: everything that is not on its disk. */
export class RingLife {
  readonly node: RingNode;
  readonly scene: RingScene;
  readonly boot: string;
  readonly membership: RingMembership;
  readonly custody: RingCustody;
  readonly repair: RingRepair;
  readonly delivery: RingDelivery;
  readonly #coordinator: RingCoordinator;
  #ended = false;

  constructor(scene: RingScene, node: RingNode, boot: string) {
    this.scene = scene;
    this.node = node;
    this.boot = boot;
    this.membership = new RingMembership(this);
    this.custody = new RingCustody(this);
    this.repair = new RingRepair(this);
    this.delivery = new RingDelivery(this);
    this.#coordinator = new RingCoordinator(this);
  }

  begin(): void {
    this.membership.begin();
    this.custody.begin();
    this.after(SCRUB_MS * this.node.random.next(), () => this.#scrub());
  }

  end(): void {
    this.#ended = true;
  }

  now(): number {
    return this.node.now();
  }

  view(): View {
    return this.membership.set.view(epochAt(this.now(), EPOCH_MS / 1000));
  }

  /** Runs unless this life is over by then. */
  after(ms: number, run: () => void): void {
    this.scene.queue.after(ms, () => {
      if (!this.#ended) run();
    });
  }

  /** @param localMs by the node's own clock */
  at(localMs: number, run: () => void): void {
    this.after(localMs - this.now(), run);
  }

  /** Carries something to another node as it is then; nothing happens when it is down. */
  toPeer(key: NodeKey, arrive: (peer: RingLife) => void): void {
    this.scene.network.carry(this.node.key, key, () => {
      const peer = this.scene.nodes.get(key)?.life;
      if (peer === null || peer === undefined) return;
      peer.hear(this);
      arrive(peer);
    });
  }

  /** Its answer: it comes back to the life that asked, or to none. */
  answer(arrive: () => void): (peer: RingLife) => void {
    return (peer) =>
      this.scene.network.carry(peer.node.key, this.node.key, () => {
        if (this.#ended) return;
        this.hear(peer);
        arrive();
      });
  }

  /** Every link begins with who is there, and since when. The last words of an earlier life come by an earlier link. */
  hear(peer: RingLife): void {
    if (!peer.#ended) this.membership.hear(peer.node.key, peer.boot);
  }

  /** Asks a node, or this one itself, to store. @param answer not called when the answer gets lost */
  askToKeep(
    to: NodeKey,
    as: 'home' | 'stand-in',
    envelopes: readonly RingEnvelope[],
    answer: (kept: KeepAnswer | 'unreachable') => void,
  ): void {
    const { node, scene } = this;
    const told = (kept: KeepAnswer | 'unreachable'): void => {
      if (!this.#ended) answer(kept);
    };
    if (to === node.key) return this.keep(as, envelopes, told);
    if (scene.nodes.get(to)?.up !== true || !scene.network.reaches(node.key, to)) {
      if (node.random.chance(TOLD_UNREACHABLE)) this.after(1, () => told('unreachable'));
      return;
    }
    this.toPeer(to, (peer) => peer.keep(as, envelopes, (kept) => this.answer(() => told(kept))(peer)));
  }

  /** Stores what it is responsible for, and signs for what is on its disk then. */
  keep(as: 'home' | 'stand-in', envelopes: readonly RingEnvelope[], answer: (kept: KeepAnswer) => void): void {
    const { node, scene } = this;
    if (node.lying && scene.plan.lies.fakeReceipts) return answer(this.sign(envelopes, []));
    const stored: RingEnvelope[] = [];
    const refused: { id: string; code: RefusalCode }[] = [];
    let open = envelopes.length;
    const close = (): void => {
      if (--open === 0 && !this.#ended) answer(this.sign(stored, refused));
    };
    for (const envelope of envelopes) {
      const code = this.#refusal(as, envelope);
      if (code !== null) {
        refused.push({ id: envelope.id, code });
        close();
        continue;
      }
      const done = (outcome: StoreOutcome): void => {
        if (outcome === 'full') refused.push({ id: envelope.id, code: RefusalCode.DISK_FULL });
        else stored.push(envelope);
        if (outcome === 'stored') this.#tookIn(envelope);
        close();
      };
      node.disk.write({ kind: 'store', envelope, done });
    }
  }

  sign(stored: readonly RingEnvelope[], refused: KeepAnswer['refused']): KeepAnswer {
    const at = Math.max(0, this.now());
    if (stored.length === 0) return { boot: this.boot, receipts: [], refused };
    const ids = stored.map(({ idBytes }) => idBytes);
    const signed = buildReceipts(ringPrimitives, this.node.seed, this.scene.networkId, at, ids);
    const { signature, leaves } = signed;
    const receipts = stored.map(({ id }, leaf) => ({
      id,
      receipt: { node: this.node.id, at, leaves, signature, leaf, path: signed.path(leaf) },
    }));
    return { boot: this.boot, receipts, refused };
  }

  isHome(partition: number): boolean {
    return this.view().homes(partition).homes.includes(this.node.key);
  }

  coordinate(envelope: RingEnvelope, answer: (receipt: GivenReceipt) => void): void {
    this.#coordinator.coordinate(envelope, answer);
  }

  /** A new epoch, or who is home may be another than a moment ago. */
  onView(): void {
    // As the stores do: 80 min, when epochs have 10.
    this.node.disk.expire(this.now(), 8 * EPOCH_MS);
    this.custody.onView();
    this.repair.onView();
    this.#finishLeaving();
  }

  #refusal(as: 'home' | 'stand-in', envelope: RingEnvelope): RefusalCode | null {
    if (as === 'home' && !this.isHome(envelope.partition)) return RefusalCode.NOT_HOME;
    return envelope.expiresMs <= this.now() ? RefusalCode.BAD_ENVELOPE : null;
  }

  #tookIn(envelope: RingEnvelope): void {
    if (this.#ended) return;
    this.delivery.push(envelope);
    this.custody.holds(envelope.partition);
  }

  #finishLeaving(): void {
    const { node } = this;
    const own = this.view().member(node.key);
    if (node.leaving && own?.weight === 0 && node.disk.isIdle && node.disk.partitions.size === 0) node.finishLeaving();
  }

  #scrub(): void {
    this.node.disk.scrub();
    this.after(SCRUB_MS, () => this.#scrub());
  }
}
