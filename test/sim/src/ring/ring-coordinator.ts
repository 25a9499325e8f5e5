import { stepStore, type StoreEvent, type StoreState } from '@sotto/protocol/ring';
import type { RingEnvelope } from './ring-envelope.ts';
import type { RingLife } from './ring-life.ts';
import type { GivenReceipt } from './ring-node.ts';

/** Runs the store machine for each envelope that somebody hands in here. */
export class RingCoordinator {
  readonly #life: RingLife;

  constructor(life: RingLife) {
    this.#life = life;
  }

  /** @param answer called for each receipt, as it comes */
  coordinate(envelope: RingEnvelope, answer: (receipt: GivenReceipt) => void): void {
    const life = this.#life;
    const { node, scene } = life;
    if (node.lying && scene.plan.lies.fakeReceipts) return this.#lie(envelope, answer);
    if (node.lying && scene.plan.lies.withholds && node.random.chance(0.5)) return;
    let state: StoreState | null = null;
    const step = (event: StoreEvent<GivenReceipt>): void => {
      const next = stepStore(state, event, life.now());
      state = next.state;
      for (const effect of next.effects) {
        if (effect.type === 'receipt') answer(effect.receipt);
        if (effect.type === 'wake') life.at(effect.atMs, () => step({ type: 'tick' }));
        if (effect.type !== 'keep') continue;
        const { to, as } = effect;
        life.askToKeep(to, as, [envelope], (kept) => {
          if (kept === 'unreachable') return step({ type: 'refused', from: to, code: 'unreachable' });
          for (const { receipt } of kept.receipts) step({ type: 'kept', from: to, receipt });
          for (const { code } of kept.refused) step({ type: 'refused', from: to, code });
        });
      }
    };
    step({ type: 'start', homes: life.view().homes(envelope.partition) });
  }

  /** Receipts in its own name, and those of its friends, for what nobody keeps. */
  #lie(envelope: RingEnvelope, answer: (receipt: GivenReceipt) => void): void {
    for (const { life, lying } of this.#life.scene.nodes.values()) {
      if (!lying || life === null) continue;
      for (const { receipt } of life.sign([envelope], []).receipts) answer(receipt);
    }
  }
}
