import { type Primitives, sameBytes } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { envelopeId } from '@sotto/protocol/mailbox';
import { describeError, type Log } from '../../log.ts';
import type { NodeMetrics } from '../../node-metrics.ts';
import type { RelayStore, StoreItem } from '../../store/relay-store.ts';
import type { EnvelopeRef } from '../../store/ring-store.ts';
import { chunksOf } from './keep-batches.ts';

export interface ScrubParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly store: Pick<RelayStore, 'partitions' | 'inventory' | 'read' | 'discard'>;
}

const ROUND_MS = 86_400_000;
const SHORTEST_MS = 1000;
const PAGE = 256;

/** Whether the bytes are still those that the id names: disks lie. */
export const isWhole = (primitives: Primitives, item: StoreItem): boolean =>
  sameBytes(envelopeId(primitives, item), item.id);

/**
 * Reads everything that is held once a day. What a disk has changed counts as no copy: it is removed, and repair
 * brings it from another home (RING-28).
 */
export class Scrub {
  readonly #parts: ScrubParts;
  #waiting: number[] = [];
  #stepMs = ROUND_MS;
  #cancel: () => void;
  #stopped = false;

  constructor(parts: ScrubParts) {
    this.#parts = parts;
    this.#cancel = parts.clock.after(this.#stepMs, this.#step);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  readonly #step = (): void => {
    this.#next()
      .catch((error: unknown) => {
        if (!this.#stopped) this.#parts.log.error('scrub-failed', describeError(error));
      })
      .finally(() => {
        if (!this.#stopped) this.#cancel = this.#parts.clock.after(this.#stepMs, this.#step);
      });
  };

  /** One partition at a time, so many a day that all of them have their turn. */
  async #next(): Promise<void> {
    if (this.#waiting.length === 0) {
      const held = await this.#parts.store.partitions();
      this.#waiting = held.map(({ partition }) => partition);
      this.#stepMs = Math.max(SHORTEST_MS, Math.floor(ROUND_MS / (held.length + 1)));
    }
    const partition = this.#waiting.pop();
    if (partition !== undefined) await this.#look(partition);
  }

  async #look(partition: number): Promise<void> {
    const { store, primitives, metrics, log } = this.#parts;
    const damaged: EnvelopeRef[] = [];
    for (let after = 0; ;) {
      const page = await store.inventory(partition, after, PAGE);
      for (const chunk of chunksOf(page, ({ bytes }) => bytes)) {
        const items = await store.read(chunk);
        damaged.push(...items.filter((item) => item !== null && !isWhole(primitives, item)).map((item) => item!));
      }
      if (page.length < PAGE || this.#stopped) break;
      after = page.at(-1)!.sequence;
    }
    if (damaged.length === 0) return;
    metrics.damaged += damaged.length;
    log.error('envelopes-damaged', { count: damaged.length });
    await store.discard(damaged.map(({ id, mailbox, device, expires }) => ({ id, mailbox, device, expires })));
  }
}
