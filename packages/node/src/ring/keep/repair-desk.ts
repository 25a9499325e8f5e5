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
import type { PeerLink } from '../peer-link.ts';
import { ComparePace, LISTED_MS, LISTING_MS, PAGE_MS } from './compare-pace.ts';
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
  readonly #pace: ComparePace;
  readonly #digests = new Map<number, { readonly atMs: number; readonly page: Promise<DigestOfPartition[]> }>();

  constructor(parts: RepairDeskParts) {
    const { ring, listings, store } = parts;
    this.#parts = parts;
    this.#pace = new ComparePace(parts.clock);
    ring.serve('partitions', (from, { from: first, to, ask }, reply) => {
      // Only answers bring what was not asked for.
      if (!ask || to - first >= MAX_DIGESTS) return from.misbehaved('partitions');
      const isKnown = this.#isFresh(this.#digests.get(pageKey(first, to)));
      this.#answer(from, reply, isKnown ? LISTED_MS : PAGE_MS, async () => {
        const digests = await this.sharedDigests(from.key, first, to);
        reply.answer({ case: 'partitions', value: create(PartitionsSchema, { digests, from: first, to }) });
      });
    });
    ring.serve('reconcile', (from, asked, reply) => {
      if (!this.#shares(from.key, asked.partition)) return reply.refuse(RefusalCode.NOT_HOME);
      this.#answer(from, reply, this.#costOf(asked.partition), async () => {
        const { ids } = await listings.of(asked.partition);
        const { reply: ranges, need } = answerReconcile(parts.primitives, ids, asked.ranges);
        reply.answer({ case: 'reconcile', value: reconcileMessage(asked.partition, ranges ?? []) });
        if (need.length > 0) parts.onNeed(from.key, asked.partition, need);
      });
    });
    ring.serve('fetchCopies', (from, { partition, ids }, reply) => {
      if (!this.#shares(from.key, partition)) return reply.refuse(RefusalCode.NOT_HOME);
      const wanted = ids.slice();
      this.#answer(from, reply, this.#costOf(partition), async () => {
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
    const key = pageKey(first, to);
    const known = this.#digests.get(key);
    if (known !== undefined && this.#isFresh(known)) return known.page;
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

  #costOf(partition: number): number {
    return this.#parts.listings.has(partition) ? LISTED_MS : LISTING_MS;
  }

  #isFresh(known: { readonly atMs: number } | undefined): boolean {
    return known !== undefined && this.#parts.clock.now() - known.atMs < DIGESTS_MS;
  }

  /** When it is that node's turn. */
  #answer(from: PeerLink, reply: PeerReply, costMs: number, work: () => Promise<void>): void {
    const { clock, log, spread } = this.#parts;
    const waitMs = this.#pace.wait(from, costMs);
    if (waitMs === null) return reply.refuse(RefusalCode.BUSY, spread(FAILED_MS));
    const begin = (): void => {
      work().catch((error: unknown) => {
        log.error('repair-failed', describeError(error));
        reply.refuse(RefusalCode.BUSY, spread(FAILED_MS));
      });
    };
    if (waitMs === 0) begin();
    else clock.after(waitMs, begin);
  }
}

const pageKey = (first: number, to: number): number => first * PARTITIONS + to;

export const reconcileMessage = (partition: number, ranges: readonly ReconcileRange[]): Reconcile =>
  create(ReconcileSchema, { partition, ranges: ranges.map((range) => ({ ...range })) });
