import type { Turn } from '../links/turn.ts';
import { describeError, type Log } from '../log.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { StageTimes } from '../stages/stage-times.ts';
import type { AcknowledgeItem, RelayStore } from '../store/relay-store.ts';

/** Gets null when the envelopes are gone from the disk, else why they are not. */
export type AcknowledgeEnd = (error: unknown) => void;

export interface AcknowledgeBatchParts {
  readonly turn: Turn;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly stages: StageTimes;
  readonly store: Pick<RelayStore, 'acknowledge'>;
}

/** Acknowledgements of one turn go to the store together; the next batch gathers meanwhile. */
export class AcknowledgeBatch {
  readonly #parts: AcknowledgeBatchParts;
  #items: AcknowledgeItem[] = [];
  #ends: AcknowledgeEnd[] = [];
  #planned = false;
  #underWay = false;
  #onIdle: (() => void)[] = [];

  constructor(parts: AcknowledgeBatchParts) {
    this.#parts = parts;
  }

  add(item: AcknowledgeItem, end: AcknowledgeEnd): void {
    this.#items.push(item);
    this.#ends.push(end);
    if (this.#planned || this.#underWay) return;
    this.#planned = true;
    this.#parts.turn.runBatch(this.#begin);
  }

  idle(): Promise<void> {
    if (this.#items.length === 0 && !this.#underWay) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  readonly #begin = (): void => {
    this.#planned = false;
    if (this.#underWay || this.#items.length === 0) return;
    const items = this.#items;
    const ends = this.#ends;
    this.#items = [];
    this.#ends = [];
    this.#underWay = true;
    this.#parts.store.acknowledge(items).then(
      () => {
        const { metrics, stages } = this.#parts;
        for (const { ids } of items) metrics.acknowledged += ids.length;
        if (stages.tracing) stages.acknowledged(items);
        this.#finish(ends, null);
      },
      (error: unknown) => {
        this.#parts.log.error('acknowledge-failed', describeError(error));
        this.#finish(ends, error);
      },
    );
  };

  #finish(ends: readonly AcknowledgeEnd[], error: unknown): void {
    this.#underWay = false;
    this.#begin();
    for (const end of ends) end(error);
    if (this.#underWay) return;
    const idle = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of idle) resolve();
  }
}
