import {
  answerReconcile,
  type DigestOfPartition,
  fingerprintOf,
  hexOf,
  type NodeKey,
  repairBacklog,
  type RepairEffect,
  type RepairEvent,
  repairState,
  type RepairState,
  sortIds,
  stepRepair,
} from '@sotto/protocol/ring';
import { MAX_KEEP_ITEMS, PARTITIONS } from '@sotto/protocol/wire';
import type { RingEnvelope } from './ring-envelope.ts';
import type { RingLife } from './ring-life.ts';
import { ringPrimitives } from './ring-primitives.ts';

/** Runs the repair machine with each other node: what two homes of a partition hold becomes the same. */
export class RingRepair {
  readonly #life: RingLife;
  readonly #states = new Map<NodeKey, RepairState>();
  #placed = '';

  constructor(life: RingLife) {
    this.#life = life;
  }

  /** At each view. Only one in which others are home of something has anything to compare anew. */
  onView(): void {
    const life = this.#life;
    const view = life.view();
    for (const { key } of view.members) if (key !== life.node.key && !this.#states.has(key)) this.onPeer(key);
    const placed = this.#partitions.map((partition) => view.homes(partition).homes.join()).join(' ');
    if (placed === this.#placed) return;
    this.#placed = placed;
    for (const key of this.#states.keys()) this.#step(key, { type: 'view' });
  }

  /** A link to that node came up. */
  onPeer(key: NodeKey): void {
    const life = this.#life;
    if (life.scene.bug === 'no-repair' || life.node.lying) return;
    if (!this.#states.has(key)) this.#states.set(key, repairState(life.node.key < key));
    this.#step(key, { type: 'peerUp' });
  }

  get backlog(): number {
    return [...this.#states.values()].map(repairBacklog).reduce((sum, { envelopes }) => sum + envelopes, 0);
  }

  /** Only partitions of somebody matter; the others are empty. */
  get #partitions(): number[] {
    return [...new Set([...this.#life.scene.recipients.values()].map(({ partition }) => partition))];
  }

  #shared(peer: NodeKey): number[] {
    const view = this.#life.view();
    return this.#partitions.filter((partition) => {
      const { homes } = view.homes(partition);
      return homes.includes(peer) && homes.includes(this.#life.node.key);
    });
  }

  #digests(shared: readonly number[]): DigestOfPartition[] {
    return shared.flatMap((partition) => {
      const ids = this.#ids(partition);
      if (ids.length === 0) return [];
      return { partition, count: ids.length, fingerprint: fingerprintOf(ringPrimitives, ids) };
    });
  }

  #ids(partition: number): Uint8Array[] {
    const copies = this.#life.node.disk.partitions.get(partition)?.values() ?? [];
    return sortIds([...copies].map(({ envelope }) => envelope.idBytes));
  }

  #step(key: NodeKey, event: RepairEvent): void {
    const state = this.#states.get(key);
    if (state === undefined) return;
    const life = this.#life;
    for (const effect of stepRepair(state, event, life.now(), ringPrimitives).effects) this.#act(key, effect);
  }

  #act(key: NodeKey, effect: RepairEffect): void {
    const life = this.#life;
    switch (effect.type) {
      case 'wake':
        return life.at(effect.atMs, () => this.#step(key, { type: 'tick' }));
      case 'readDigests': {
        const shared = this.#shared(key);
        const digests = this.#digests(shared);
        return life.after(1, () =>
          this.#step(key, { type: 'digests', from: effect.from, to: PARTITIONS - 1, digests, shared }),
        );
      }
      case 'sendPartitions':
        return life.toPeer(key, (peer) => {
          const digests = peer.repair.#digests(peer.repair.#shared(life.node.key));
          life.answer(() => this.#step(key, { type: 'partitions', from: effect.from, digests }))(peer);
        });
      case 'readIds': {
        const ids = this.#ids(effect.partition);
        return life.after(1, () => this.#step(key, { type: 'ids', partition: effect.partition, ids }));
      }
      case 'sendReconcile':
        return this.#reconcile(key, effect);
      case 'fetch':
        return this.#fetch(key, effect);
      case 'swept':
    }
  }

  #reconcile(key: NodeKey, { partition, ranges }: RepairEffect & { type: 'sendReconcile' }): void {
    const life = this.#life;
    life.toPeer(key, (peer) => {
      const answer = answerReconcile(ringPrimitives, peer.repair.#ids(partition), ranges);
      if (!peer.repair.#states.has(life.node.key)) peer.repair.onPeer(life.node.key);
      peer.repair.#step(life.node.key, { type: 'need', partition, ids: answer.need });
      life.answer(() => this.#step(key, { type: 'reconcile', partition, ranges: answer.reply ?? [] }))(peer);
    });
  }

  #fetch(key: NodeKey, { partition, ids }: RepairEffect & { type: 'fetch' }): void {
    const life = this.#life;
    life.toPeer(key, (peer) => {
      const { node, scene } = peer;
      const copies = ids.flatMap((id): readonly RingEnvelope[] => {
        if (node.lying && scene.plan.lies.withholds) return [];
        const copy = node.disk.read(partition, hexOf(id));
        return copy === null ? [] : [copy];
      });
      const rest = copies.length > MAX_KEEP_ITEMS;
      life.answer(() => this.#take(key, partition, copies.slice(0, MAX_KEEP_ITEMS), rest))(peer);
    });
  }

  /** A copy is stored like anything else. */
  #take(key: NodeKey, partition: number, copies: readonly RingEnvelope[], rest: boolean): void {
    if (copies.length === 0) return this.#step(key, { type: 'fetched', partition, ids: [], rest });
    this.#life.keep('home', copies, () => {
      const ids = copies.map(({ idBytes }) => idBytes);
      this.#step(key, { type: 'fetched', partition, ids, rest });
    });
  }
}
