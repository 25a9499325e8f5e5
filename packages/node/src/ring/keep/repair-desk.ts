import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { answerReconcile, type DigestOfPartition, type NodeKey, type ReconcileRange } from '@sotto/protocol/ring';
import {
  create,
  MAX_DIGESTS,
  PARTITIONS,
  PartitionsSchema,
  type Reconcile,
  ReconcileSchema,
  RefusalCode,
} from '@sotto/protocol/wire';
import { describeError, type Log } from '../../log.ts';
import type { RelayStore } from '../../store/relay-store.ts';
import type { PeerReply } from '../peer-handlers.ts';
import type { RingRuntime } from '../ring-runtime.ts';
import { copiesOf } from './copies.ts';
import type { HomeFinder } from './home-finder.ts';
import { type HomeTable, inRange } from './home-table.ts';
import type { Listings } from './listings.ts';

export interface RepairDeskParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly log: Log;
  readonly ring: RingRuntime;
  readonly homes: HomeFinder;
  readonly table: HomeTable;
  readonly listings: Listings;
  readonly store: Pick<RelayStore, 'digests' | 'read'>;
  readonly spread: (baseMs: number) => number;
  /** That node has envelopes which this one lacks. */
  readonly onNeed: (from: NodeKey, partition: number, ids: readonly Uint8Array[]) => void;
}

const FAILED_MS = 1000;
/** Digests of a page serve for all peers that compare at about the same time. */
const DIGESTS_MS = 5000;

/** Tells other homes what this one has of the partitions they share (RING-23, RING-24). */
export class RepairDesk {
  readonly #parts: RepairDeskParts;
  readonly #digests = new Map<number, { readonly atMs: number; readonly page: Promise<DigestOfPartition[]> }>();

  constructor(parts: RepairDeskParts) {
    const { ring, listings, store } = parts;
    this.#parts = parts;
    ring.serve('partitions', (from, { from: first, to, ask }, reply) => {
      // Only answers bring what was not asked for.
      if (!ask || to - first >= MAX_DIGESTS) return from.misbehaved('partitions');
      this.#answer(reply, async () => {
        const digests = await this.sharedDigests(from.key, first, to);
        reply.answer({ case: 'partitions', value: create(PartitionsSchema, { digests, from: first, to }) });
      });
    });
    ring.serve('reconcile', (from, asked, reply) => {
      if (!this.#shares(from.key, asked.partition)) return reply.refuse(RefusalCode.NOT_HOME);
      this.#answer(reply, async () => {
        const { ids } = await listings.of(asked.partition);
        const { reply: ranges, need } = answerReconcile(parts.primitives, ids, asked.ranges);
        reply.answer({ case: 'reconcile', value: reconcileMessage(asked.partition, ranges ?? []) });
        if (need.length > 0) parts.onNeed(from.key, asked.partition, need);
      });
    });
    ring.serve('fetchCopies', (from, { partition, ids }, reply) => {
      if (!this.#shares(from.key, partition)) return reply.refuse(RefusalCode.NOT_HOME);
      const wanted = ids.slice();
      this.#answer(reply, async () => {
        const copies = await copiesOf(parts.primitives, store, await listings.of(partition), wanted);
        reply.answer({ case: 'copies', value: copies });
      });
    });
  }

  /** What is held here of the partitions first..to that are shared with that node. */
  async sharedDigests(key: NodeKey, first: number, to: number): Promise<DigestOfPartition[]> {
    const shared = inRange((await this.#parts.table.shared()).get(key), first, to);
    if (shared.length === 0) return [];
    const page = await this.#page(first, to);
    if (page.length === 0) return [];
    const wanted = new Set(shared);
    return page.filter(({ partition }) => wanted.has(partition));
  }

  #page(first: number, to: number): Promise<DigestOfPartition[]> {
    const nowMs = this.#parts.clock.now();
    const key = first * PARTITIONS + to;
    const known = this.#digests.get(key);
    if (known !== undefined && nowMs - known.atMs < DIGESTS_MS) return known.page;
    for (const [old, { atMs }] of this.#digests) if (nowMs - atMs >= DIGESTS_MS) this.#digests.delete(old);
    const page = this.#parts.store.digests(first, to);
    this.#digests.set(key, { atMs: nowMs, page });
    page.catch(() => this.#digests.delete(key));
    return page;
  }

  #shares(key: NodeKey, partition: number): boolean {
    const { isHome, others } = this.#parts.homes.at(partition);
    return isHome && others.includes(key);
  }

  #answer(reply: PeerReply, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      this.#parts.log.error('repair-failed', describeError(error));
      reply.refuse(RefusalCode.BUSY, this.#parts.spread(FAILED_MS));
    });
  }
}

export const reconcileMessage = (partition: number, ranges: readonly ReconcileRange[]): Reconcile =>
  create(ReconcileSchema, { partition, ranges: ranges.map((range) => ({ ...range })) });
