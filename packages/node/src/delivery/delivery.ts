import type { Link } from '../links/link.ts';
import type { Limits } from '../limits.ts';
import { describeError, type Log } from '../log.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { StageTimes } from '../stages/stage-times.ts';
import type { QueuedEnvelope, RelayStore } from '../store/relay-store.ts';
import { keyOf } from '../text-key.ts';
import type { AcknowledgeBatch } from './acknowledge-batch.ts';
import type { Outlet } from './outlet.ts';

export interface DeliveryParts {
  readonly store: Pick<RelayStore, 'take'>;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly stages: Pick<StageTimes, 'woken' | 'readOn'>;
  readonly acknowledgements: AcknowledgeBatch;
}

export interface DeliveredEnvelope {
  /** 32 B */
  readonly id: Uint8Array;
  readonly expires: number;
  readonly body: Uint8Array;
}

const ID_BYTES = 32;

/**
 * Pushes one device's envelopes over its link: first what waits in the store, page by page, then what is committed,
 * in commit order. At most a window of them is unacknowledged; a push is never a delivery (network.md rules 2, 5).
 *
 * `caught up` means that the last page was short and no commit for this device was reported since that page was asked
 * for: only then are new commits pushed from memory. Otherwise the store is read again after the cursor, and what is
 * under way already is skipped by its id.
 */
export class Delivery implements Outlet {
  readonly link: Link;
  readonly beside: boolean;
  readonly #mailbox: Uint8Array;
  readonly #device: number;
  readonly #parts: DeliveryParts;
  readonly #commits: { remembers(delivery: Delivery): boolean };
  /** Pushed, and not yet removed from the store: id to size. Made when needed: most devices are idle. */
  #inFlight: Map<string, number> | null = null;
  #inFlightBytes = 0;
  /** Acknowledged by the client; the store has not answered yet. */
  #acknowledging = 0;
  /** Removed while a page was being read: that page may still hold them. */
  #removedInRead: Set<string> | null = null;
  /** Removed while a commit was under way, whose report may still name them: answers need not come in order. */
  #removedInCommit: Set<string> | null = null;
  #cursor = 0;
  /** How far the queue is known to reach, and how far it was when the page was asked for that is being read. */
  #head = 0;
  #headOfRead = 0;
  #caughtUp = false;
  #reading = false;
  #missed = false;
  #started = false;
  /** Told when a sweep has pushed everything. */
  #swept: (() => void) | null = null;
  /** A sweep was asked for while a page was being read. */
  #again = false;
  #ended = false;

  constructor(
    parts: DeliveryParts,
    commits: { remembers(delivery: Delivery): boolean },
    link: Link,
    mailbox: Uint8Array,
    device: number,
    beside: boolean,
  ) {
    this.#parts = parts;
    this.#commits = commits;
    this.link = link;
    this.beside = beside;
    this.#mailbox = mailbox;
    this.#device = device;
  }

  get unacknowledged(): number {
    return this.#held - this.#acknowledging;
  }

  /** Pushed, and not gone from the store. */
  isUnderWay(id: Uint8Array): boolean {
    return this.#inFlight?.has(keyOf(id)) === true;
  }

  /** Pushing begins: Attached was answered. */
  start(): void {
    this.#started = true;
    this.resume();
  }

  /** Begins after this cursor: what is before it was seen. Before start(). */
  skip(cursor: number): void {
    this.#cursor = cursor;
  }

  sweep(done: () => void): void {
    this.#swept = done;
    this.#again = this.#reading;
    this.#cursor = 0;
    this.#caughtUp = false;
    this.start();
  }

  /** An envelope for this device is on the disk. */
  stored(envelope: DeliveredEnvelope): void {
    if (this.#ended) return;
    if (this.#caughtUp && this.#hasRoom()) {
      this.#push(envelope);
    } else {
      this.#caughtUp = false;
      this.#missed = true;
      this.resume();
    }
  }

  wake(): void {
    if (this.#ended) return;
    this.#caughtUp = false;
    this.#missed = true;
    this.resume();
  }

  /** The store says how far the queue reaches: reads on when it was not read so far. */
  reaches(head: number): void {
    if (head <= this.#cursor) return;
    this.#head = Math.max(this.#head, head);
    this.wake();
  }

  /** Reads on from the store when there is room and something may be there. */
  resume(): void {
    if (!this.#started || this.#ended || this.#caughtUp || this.#reading || !this.#hasRoom()) return;
    this.#reading = true;
    this.#missed = false;
    this.#headOfRead = this.#head;
    const limit = this.#parts.limits.deliveryFrames;
    this.#parts.store.take(this.#mailbox, this.#device, this.#cursor, limit).then(
      (page) => this.#pushPage(page, page.length < limit),
      (error: unknown) => {
        this.#reading = false;
        this.#parts.log.error('take-failed', describeError(error));
        this.link.fail(error);
      },
    );
  }

  acknowledge(ids: Uint8Array, request: number): void {
    const list: Uint8Array[] = [];
    const keys: string[] = [];
    for (let offset = 0; offset + ID_BYTES <= ids.length; offset += ID_BYTES) {
      const id = ids.subarray(offset, offset + ID_BYTES);
      list.push(id);
      const key = keyOf(id);
      if (this.#inFlight?.has(key) === true) keys.push(key);
    }
    this.#acknowledging += keys.length;
    this.#parts.acknowledgements.add({ mailbox: this.#mailbox, device: this.#device, ids: list }, (error) => {
      this.link.end(ids.length);
      if (this.#ended) return;
      // They are still there, and the client believes them gone: a new attachment brings them again.
      if (error !== null) return this.link.fail(error);
      this.#acknowledging -= keys.length;
      for (const key of keys) this.#remove(key);
      if (request !== 0) this.link.send(request, { case: 'done', value: {} });
      this.resume();
    });
  }

  taken(ids: readonly Uint8Array[]): void {
    if (this.#ended) return;
    for (const id of ids) this.#remove(keyOf(id));
    this.resume();
  }

  /** The commit was reported. */
  forget(): void {
    this.#removedInCommit = null;
  }

  end(): void {
    this.#ended = true;
    this.#inFlight = null;
    this.#removedInRead = null;
    this.#removedInCommit = null;
  }

  get #held(): number {
    return this.#inFlight?.size ?? 0;
  }

  #hasRoom(): boolean {
    const { deliveryFrames, deliveryBytes } = this.#parts.limits;
    return this.#held < deliveryFrames && this.#inFlightBytes < deliveryBytes && !this.link.slow;
  }

  #pushPage(page: readonly QueuedEnvelope[], last: boolean): void {
    this.#reading = false;
    if (this.#ended) return;
    let pushedAll = true;
    for (const envelope of page) {
      if (!this.#hasRoom()) {
        pushedAll = false;
        break;
      }
      this.#cursor = envelope.sequence;
      this.#push(envelope);
    }
    if (this.#parts.stages.woken === this) this.#parts.stages.readOn();
    // What was pushed when it was committed moved no cursor.
    if (last && pushedAll) this.#cursor = Math.max(this.#cursor, this.#headOfRead);
    this.#removedInRead = null;
    this.#caughtUp = last && pushedAll && !this.#missed && !this.#again;
    if (this.#again) {
      this.#again = false;
      this.#cursor = 0;
    }
    this.resume();
    if (!this.#caughtUp || this.#swept === null) return;
    this.#swept();
    this.#swept = null;
  }

  #push({ id, expires, body }: DeliveredEnvelope): void {
    const key = keyOf(id);
    if (this.#inFlight?.has(key) || this.#removedInRead?.has(key) || this.#removedInCommit?.has(key)) return;
    this.#inFlight ??= new Map();
    this.#inFlight.set(key, body.length);
    this.#inFlightBytes += body.length;
    this.#parts.metrics.pushed += 1;
    this.link.send(0, { case: 'deliver', value: { expires, body, live: false } });
  }

  #remove(key: string): void {
    // Acknowledged twice counts once.
    const size = this.#inFlight?.get(key);
    if (size === undefined) return;
    this.#inFlight?.delete(key);
    this.#inFlightBytes -= size;
    if (this.#reading) {
      this.#removedInRead ??= new Set();
      this.#removedInRead.add(key);
    }
    if (this.#removedInCommit === null && !this.#commits.remembers(this)) return;
    this.#removedInCommit ??= new Set();
    this.#removedInCommit.add(key);
  }
}
