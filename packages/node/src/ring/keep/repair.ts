import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import {
  type NodeKey,
  type RingMember,
  repairBacklog,
  type RepairEffect,
  type RepairEvent,
  repairState,
  type RepairState,
  stepRepair,
} from '@sotto/protocol/ring';
import { create, MAX_DIGESTS, PARTITIONS, PartitionsSchema } from '@sotto/protocol/wire';
import type { Limits } from '../../limits.ts';
import { describeError, type Log } from '../../log.ts';
import type { AccessCache } from '../../relay/access-cache.ts';
import type { Access, StoreItem } from '../../store/relay-store.ts';
import type { PeerBody, PeerBodyCase, PeerValueOf } from '../peer-body.ts';
import { PeerError } from '../peer-error.ts';
import type { PeerLink } from '../peer-link.ts';
import type { RingRuntime } from '../ring-runtime.ts';
import { fetchCopies } from './copies.ts';
import type { HomeFinder } from './home-finder.ts';
import { type HomeTable, inRange } from './home-table.ts';
import type { Incoming } from './incoming.ts';
import type { Listings } from './listings.ts';
import { reconcileMessage, type RepairDesk } from './repair-desk.ts';

export interface RepairParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly ring: RingRuntime;
  readonly homes: HomeFinder;
  readonly table: HomeTable;
  readonly listings: Listings;
  readonly access: AccessCache;
  readonly incoming: Incoming;
}

/** Repair with one other home. */
interface Pair {
  readonly key: NodeKey;
  state: RepairState;
  /** Rises with each page: what was said of an earlier one is late, and not listened to. */
  page: number;
  cancelWake: (() => void) | null;
}

/** Brings this node and each of the other homes to the same envelopes (RING-23). */
export class Repair {
  readonly #parts: RepairParts;
  readonly #pairs = new Map<NodeKey, Pair>();
  readonly #bodySizes: ReadonlySet<number>;
  #members: readonly RingMember[] | null = null;
  #desk: RepairDesk | null = null;
  #stopped = false;

  constructor(parts: RepairParts) {
    this.#parts = parts;
    this.#bodySizes = new Set(parts.limits.bodySizes);
  }

  start(desk: RepairDesk): void {
    const { ring } = this.#parts;
    this.#desk = desk;
    ring.onPeer((peer) => {
      if (peer.up && this.#isHome(peer.key)) this.#pairOf(peer.key);
      const pair = this.#pairs.get(peer.key);
      if (pair !== undefined) this.#step(pair, { type: peer.up ? 'peerUp' : 'peerDown' });
    });
    ring.onView(() => this.#viewChanged());
    this.#viewChanged();
  }

  /** What a comparison that the other side began showed. */
  need(from: NodeKey, partition: number, ids: readonly Uint8Array[]): void {
    this.#step(this.#pairOf(from), { type: 'need', partition, ids });
  }

  /** Partitions and envelopes that wait for repair. */
  backlog(): { readonly partitions: number; readonly envelopes: number } {
    const all = Array.from(this.#pairs.values(), ({ state }) => repairBacklog(state));
    return {
      partitions: all.reduce((sum, { partitions }) => sum + partitions, 0),
      envelopes: all.reduce((sum, { envelopes }) => sum + envelopes, 0),
    };
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancelWake } of this.#pairs.values()) cancelWake?.();
  }

  #isHome(key: NodeKey): boolean {
    const view = this.#parts.ring.view();
    return (view.member(key)?.weight ?? 0) > 0 && (view.member(this.#parts.ring.self)?.weight ?? 0) > 0;
  }

  #viewChanged(): void {
    const { ring } = this.#parts;
    const { members } = ring.view();
    // Another epoch of the same nodes.
    if (members === this.#members) return;
    this.#members = members;
    for (const { key } of members) if (key !== ring.self && this.#isHome(key)) this.#pairOf(key);
    for (const pair of this.#pairs.values()) {
      if (this.#isHome(pair.key)) {
        this.#step(pair, { type: 'view' });
      } else {
        pair.cancelWake?.();
        this.#pairs.delete(pair.key);
      }
    }
  }

  // Whether a link is open or not: it is opened when there is something to compare.
  #pairOf(key: NodeKey): Pair {
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { key, state: repairState(this.#parts.ring.self < key), page: 0, cancelWake: null };
      this.#pairs.set(key, pair);
      this.#step(pair, { type: 'peerUp' });
    }
    return pair;
  }

  #step(pair: Pair, event: RepairEvent): void {
    if (this.#stopped) return;
    const { clock, primitives } = this.#parts;
    const { state, effects } = stepRepair(pair.state, event, clock.now(), primitives);
    pair.state = state;
    for (const effect of effects) {
      if (effect.type === 'wake') {
        pair.cancelWake?.();
        const inMs = Math.max(1, effect.atMs - clock.now());
        pair.cancelWake = clock.after(inMs, () => this.#step(pair, { type: 'tick' }));
      } else if (effect.type !== 'swept') {
        this.#perform(pair, effect).catch((error: unknown) => this.#failed(pair, effect, error));
      }
    }
  }

  async #perform(pair: Pair, effect: Exclude<RepairEffect, { type: 'wake' | 'swept' }>): Promise<void> {
    const { listings } = this.#parts;
    switch (effect.type) {
      case 'readDigests': {
        const { from } = effect;
        const page = ++pair.page;
        const to = Math.min(from + MAX_DIGESTS, PARTITIONS) - 1;
        const shared = inRange((await this.#parts.table.shared()).get(pair.key), from, to);
        const digests = shared.length === 0 ? [] : await this.#desk!.sharedDigests(pair.key, from, to);
        if (page === pair.page) this.#step(pair, { type: 'digests', from, to, digests, shared });
        return;
      }
      case 'sendPartitions': {
        const { from, to, digests } = effect;
        const { page } = pair;
        const value = create(PartitionsSchema, {
          from,
          to,
          ask: true,
          digests: digests.map((digest) => ({ ...digest })),
        });
        const answer = await this.#ask(pair, { case: 'partitions', value });
        if (page === pair.page) this.#step(pair, { type: 'partitions', from, digests: answer.digests });
        return;
      }
      case 'readIds': {
        listings.forget(effect.partition);
        const { ids } = await listings.of(effect.partition);
        return this.#step(pair, { type: 'ids', partition: effect.partition, ids });
      }
      case 'sendReconcile': {
        const { partition, ranges } = effect;
        const answer = await this.#ask(pair, { case: 'reconcile', value: reconcileMessage(partition, ranges) });
        return this.#step(pair, { type: 'reconcile', partition, ranges: answer.ranges });
      }
      case 'fetch':
        return this.#fetch(pair, effect.partition, effect.ids);
    }
  }

  async #ask<Case extends PeerBodyCase>(
    pair: Pair,
    body: { readonly case: Case; readonly value: PeerValueOf<Case> } & PeerBody,
  ): Promise<PeerValueOf<Case>> {
    const peer = this.#peer(pair);
    const answer = await peer.request(body);
    if (answer.case === body.case) return answer.value as PeerValueOf<Case>;
    peer.misbehaved('answer');
    throw new PeerError('down');
  }

  #peer(pair: Pair): PeerLink {
    const peer = this.#parts.ring.peer(pair.key);
    if (peer === null) throw new PeerError('down');
    return peer;
  }

  async #fetch(pair: Pair, partition: number, ids: readonly Uint8Array[]): Promise<void> {
    const { primitives, incoming, listings } = this.#parts;
    const { items, rest } = await fetchCopies(primitives, this.#peer(pair), partition, ids);
    const wanted: StoreItem[] = [];
    for (const item of items) if (await this.#belongsHere(item, partition)) wanted.push(item);
    await incoming.store(wanted);
    listings.forget(partition);
    this.#step(pair, { type: 'fetched', partition, ids: items.map(({ id }) => id), rest });
  }

  /** A mailbox of this home, a device that is still listed, and nothing that expires at any moment. */
  async #belongsHere({ mailbox, device, expires, body }: StoreItem, partition: number): Promise<boolean> {
    const { homes, clock, limits, access } = this.#parts;
    const nowSeconds = clock.now() / 1000;
    if (expires <= nowSeconds || expires > nowSeconds + limits.maxExpirySeconds) return false;
    if (!this.#bodySizes.has(body.length) || homes.partition(mailbox) !== partition) return false;
    if (!homes.at(partition).isHome) return false;
    const known = await new Promise<Access | null>((resolve, reject) => access.with(mailbox, resolve, reject));
    return known !== null && known.devices.includes(device);
  }

  /** What is not answered is given up by the machine after its time-out; what can be said at once is. */
  #failed(pair: Pair, effect: RepairEffect, error: unknown): void {
    if (this.#stopped) return;
    if (!(error instanceof PeerError)) this.#parts.log.error('repair-failed', describeError(error));
    if (effect.type === 'fetch') {
      this.#step(pair, { type: 'fetched', partition: effect.partition, ids: [], rest: false });
    }
  }
}
