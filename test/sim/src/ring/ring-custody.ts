import {
  HANDOFF_RULES,
  type HandoffEffect,
  type HandoffEvent,
  type HandoffRules,
  type HandoffState,
  type NodeKey,
  stepHandoff,
} from '@sotto/protocol/ring';
import type { RingEnvelope } from './ring-envelope.ts';
import type { RingLife } from './ring-life.ts';

/** Runs the hand-off machine for each partition that this node holds something of without being its home. */
export class RingCustody {
  readonly #life: RingLife;
  readonly #states = new Map<number, HandoffState>();
  readonly #rules: HandoffRules;

  constructor(life: RingLife) {
    this.#life = life;
    this.#rules = life.scene.bug === 'drop-after-one' ? { ...HANDOFF_RULES, needed: () => 1 } : HANDOFF_RULES;
  }

  begin(): void {
    for (const partition of this.#life.node.disk.partitions.keys()) this.holds(partition);
  }

  /** Something of it is here now. */
  holds(partition: number): void {
    const { node, scene, membership } = this.#life;
    if (scene.bug === 'no-hand-off' || node.lying || this.#isAtWork(partition) || this.#life.isHome(partition)) return;
    const { epoch, homes } = this.#homes(partition);
    this.#step(partition, { type: 'start', self: node.key, epoch, homes, boots: membership.boots });
  }

  onView(): void {
    for (const partition of this.#states.keys()) this.#step(partition, { type: 'view', ...this.#homes(partition) });
    this.begin();
  }

  onBoot(from: NodeKey, boot: string): void {
    for (const partition of this.#states.keys()) this.#step(partition, { type: 'peerBoot', from, boot });
  }

  gone(partition: number, id: string): void {
    if (this.#states.has(partition)) this.#step(partition, { type: 'gone', ids: [id] });
  }

  /** Partitions that are being handed over. */
  get backlog(): number {
    return [...this.#states.values()].filter(({ phase }) => phase !== 'done').length;
  }

  #isAtWork(partition: number): boolean {
    const state = this.#states.get(partition);
    return state !== undefined && state.phase !== 'done';
  }

  #homes(partition: number): { epoch: number; homes: readonly NodeKey[] } {
    const view = this.#life.view();
    return { epoch: view.epoch, homes: view.homes(partition).homes };
  }

  #step(partition: number, event: HandoffEvent): void {
    const before = this.#states.get(partition) ?? null;
    if (before === null && event.type !== 'start') return;
    const { state, effects } = stepHandoff(before, event, this.#life.now(), this.#rules);
    if (state !== null) this.#states.set(partition, state);
    for (const effect of effects) this.#act(partition, effect);
  }

  #act(partition: number, effect: HandoffEffect): void {
    const life = this.#life;
    const { disk } = life.node;
    switch (effect.type) {
      case 'wake':
        return life.at(effect.atMs, () => this.#step(partition, { type: 'tick' }));
      case 'done':
      // Here every mailbox has an owner: whoever says otherwise lies, and what it says is not followed.
      case 'unwanted':
        return;
      case 'read': {
        const { after, limit } = effect;
        const ids = disk.ids(partition).filter((id) => id > after);
        // Reading takes a moment, in which other things happen.
        return life.after(1, () => this.#step(partition, { type: 'page', ids: ids.slice(0, limit) }));
      }
      case 'discard':
        return this.#discard(partition, effect.ids);
      case 'keep':
        return this.#keep(partition, effect);
    }
  }

  #keep(partition: number, { to, ids, round }: HandoffEffect & { type: 'keep' }): void {
    const life = this.#life;
    const { disk } = life.node;
    const envelopes = ids.flatMap((id): readonly RingEnvelope[] => {
      const envelope = disk.read(partition, id);
      return envelope === null ? [] : [envelope];
    });
    const there = new Set(envelopes.map(({ id }) => id));
    const gone = ids.filter((id) => !there.has(id));
    if (gone.length > 0) life.after(0, () => this.#step(partition, { type: 'gone', ids: gone }));
    if (envelopes.length === 0) return;
    if (life.scene.bug === 'push-and-forget') this.#discard(partition, [...there]);
    life.askToKeep(to, 'home', envelopes, (answer) => {
      if (answer === 'unreachable') {
        const ids = [...there];
        return this.#step(partition, { type: 'refused', from: to, round, ids, code: 'unreachable', retryMs: 0 });
      }
      const { boot, receipts, refused } = answer;
      const kept = receipts.map(({ id }) => id);
      if (kept.length > 0) this.#step(partition, { type: 'kept', from: to, boot, round, ids: kept });
      for (const { id, code } of refused) {
        this.#step(partition, { type: 'refused', from: to, round, ids: [id], code, retryMs: 0 });
      }
    });
  }

  #discard(partition: number, ids: readonly string[]): void {
    const { node, scene } = this.#life;
    const homes = this.#life.view().homes(partition);
    for (const id of ids) {
      scene.ledger.discarded(id, homes);
      node.disk.write({ kind: 'discard', id });
    }
  }
}
