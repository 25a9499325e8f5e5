import { createHash } from 'node:crypto';
import type { HistoryEvent } from './history-events.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Everything that was seen in one run, in order. */
export class Journal {
  readonly events: HistoryEvent[] = [];
  readonly #clock: VirtualClock;
  readonly #hash = createHash('sha256');
  readonly #names = new Map<string, string>();
  readonly #onEvent: (atMs: number, event: HistoryEvent) => void;

  /** @param onEvent sees each event as it comes, for traces */
  constructor(clock: VirtualClock, onEvent: (atMs: number, event: HistoryEvent) => void) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  add(event: HistoryEvent): void {
    const atMs = this.#clock.now();
    this.events.push(event);
    this.#hash.update(`${atMs} ${JSON.stringify(event)}\n`);
    this.#onEvent(atMs, event);
  }

  note(by: string, text: string): void {
    this.add({ type: 'note', by, text });
  }

  /**
   * A short name for an id, by when it was first seen: what native key encapsulation draws for itself differs from
   * run to run, and so do the ids of envelopes, but nothing else.
   */
  nameOf(id: Uint8Array): string {
    const key = Buffer.from(id).toString('base64');
    let name = this.#names.get(key);
    if (name === undefined) this.#names.set(key, (name = `e${this.#names.size + 1}`));
    return name;
  }

  /** The same for two runs in which the same happened at the same times. Ends the journal. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
