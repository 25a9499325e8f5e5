import { SendQuorum, type Homes, type NodeKey, type View } from '@sotto/protocol/ring';
import type { RandomSource } from '../random-source.ts';
import type { RingEnvelope } from './ring-envelope.ts';
import type { GivenReceipt } from './ring-node.ts';
import { ringPrimitives } from './ring-primitives.ts';
import type { RingScene } from './ring-scene.ts';
import { SeenView } from './seen-view.ts';

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 30_000;
/** Clocks that are right differ by no more. */
const CLOCKS_MS = 10_000;

interface Waiting {
  readonly envelope: RingEnvelope;
  attempts: number;
  /** Of the attempt under way. */
  quorum: SendQuorum | null;
  done: boolean;
}

/**
 * Somebody who sends, and forgets what it was told is kept: a sender that keeps it until it was delivered, as the engine
 * does, would make good for what the ring loses.
 */
export class RingSender {
  readonly name: string;
  readonly #scene: RingScene;
  readonly #random: RandomSource;
  readonly #seen: SeenView;

  constructor(scene: RingScene, name: string, random: RandomSource, skewMs: number, bootstrap: readonly NodeKey[]) {
    this.#scene = scene;
    this.name = name;
    this.#random = random;
    this.#seen = new SeenView(scene, name, random.fork('view'), skewMs, bootstrap);
  }

  send(envelope: RingEnvelope): void {
    const { ledger, tell } = this.#scene;
    ledger.tried(envelope);
    tell({ type: 'tried', id: envelope.id, to: envelope.mailbox, expiresMs: envelope.expiresMs });
    this.#attempt({ envelope, attempts: 0, quorum: null, done: false });
  }

  #attempt(waiting: Waiting): void {
    const { network, nodes, queue } = this.#scene;
    const { envelope } = waiting;
    if (waiting.done || envelope.expiresMs <= this.#seen.now()) return;
    const view = this.#view();
    const homes = view.homes(envelope.partition);
    const counted = (waiting.quorum = this.#quorum(view, homes));
    const places = [...homes.homes, ...homes.standIns];
    const key = places[waiting.attempts % Math.max(1, places.length)];
    const coordinator = key === undefined ? undefined : nodes.get(key);
    if (coordinator === undefined) this.#seen.ask();
    else {
      network.carry(this.name, coordinator.key, () =>
        coordinator.coordinate(envelope, (receipt) =>
          network.carry(coordinator.key, this.name, () => this.#count(waiting, counted, homes, receipt)),
        ),
      );
    }
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 1.5 ** waiting.attempts++);
    queue.after(waitMs * (0.75 + 0.5 * this.#random.next()), () => this.#attempt(waiting));
  }

  #count(waiting: Waiting, counted: SendQuorum, homes: Homes, receipt: GivenReceipt): void {
    const { bug, ledger, tell, plan, queue } = this.#scene;
    const { envelope } = waiting;
    if (waiting.quorum !== counted) return;
    counted.receipt(receipt.node, receipt, receipt, envelope.idBytes);
    const enough = bug === 'one-receipt' ? counted.stored > 0 : counted.enough;
    if (!enough || waiting.done) return;
    waiting.done = true;
    if (ledger.isOwed(envelope.id, queue.now())) {
      const legitimate = bug === null ? homes : this.#seen.view().homes(envelope.partition);
      tell({ type: 'stored', id: envelope.id, ...ledger.stored(envelope.id, counted.storedOn, legitimate) });
    }
    // It comes again, as it does from a sender that had no word of its delivery for a day.
    if (this.#random.chance(plan.repeated)) {
      const again: Waiting = { envelope, attempts: 0, quorum: null, done: false };
      queue.after(this.#random.between(10_000, plan.spanMs), () => {
        if (!this.#scene.calm) this.#attempt(again);
      });
    }
  }

  /** Each attempt counts anew: what an earlier one was told may be true no more. */
  #quorum(view: View, homes: Homes): SendQuorum {
    const { bug, networkId: network, plan } = this.#scene;
    const anybody = { ...homes, standIns: this.#seen.set.all().map(({ key }) => key) };
    const places = bug === 'receipts-of-anybody' ? anybody : homes;
    const notBeforeMs = this.#seen.now() - CLOCKS_MS - 2 * plan.skewMs;
    return new SendQuorum({ primitives: ringPrimitives, homes: places, view, network, notBeforeMs });
  }

  #view(): View {
    return this.#seen.view(this.#scene.bug === 'joiners-count' ? 2 : 0);
  }
}
