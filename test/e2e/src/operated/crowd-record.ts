import { checkHistory, type Violation } from '../../../sim/src/history-checker.ts';
import type { HistoryEvent } from '../../../sim/src/history-events.ts';

/** What the crowd saw of one row of the matrix, in the language of the history checker. */
export class CrowdRecord {
  #events: HistoryEvent[] = [];
  /** Envelopes by hex of their ids: written; told to be stored; shown; told to be off the disk. */
  readonly tried = new Map<string, { readonly by: string; readonly at: number }>();
  readonly receipts = new Set<string>();
  readonly shown = new Set<string>();
  readonly acknowledged = new Set<string>();
  /** Sends that were refused for now, by the code. */
  readonly refusals = new Map<string, number>();
  /** ms from a recipient's link to the first of what waited, one for each time that something did, while the database worked. */
  readonly reconnects: number[] = [];
  /** By sender: when the newest was written that was shown. */
  readonly latest = new Map<string, number>();
  #position = 0;
  #isDown = false;
  #upSince = 0;

  /** The database cannot do its work: what people wait for now is no measure. */
  down(): void {
    this.#isDown = true;
  }

  /** @param since when it answered again */
  up(since: number): void {
    if (this.#isDown) this.#upSince = since;
    this.#isDown = false;
  }

  /** A recipient was shown the first of what waited. @param since when it linked */
  reconnected(since: number): void {
    if (!this.#isDown) this.reconnects.push(performance.now() - Math.max(since, this.#upSince));
  }

  try(by: string, to: string, id: string, text: string): void {
    this.tried.set(id, { by, at: performance.now() });
    this.#events.push({ type: 'tried', by, to, id, text });
  }

  stored(by: string, id: string): void {
    if (this.receipts.has(id)) return;
    this.receipts.add(id);
    this.#events.push({ type: 'state', by, id, state: 'stored' });
  }

  refused(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  fault(by: string, text: string): void {
    this.#events.push({ type: 'fault', by, text });
  }

  /** The node pushed it. @param again by the same link once more: nobody sets that aside */
  delivered(by: string, from: string, id: string, text: string, again: boolean): void {
    this.latest.set(from, Math.max(this.latest.get(from) ?? 0, this.tried.get(id)?.at ?? 0));
    this.#events.push({ type: 'taken', envelope: id });
    if (this.shown.has(id) && !again) return;
    this.shown.add(id);
    this.#events.push({ type: 'shown', by, from, row: { kind: 'text', position: ++this.#position, id, text } });
  }

  /** The node said that it is off the disk. */
  taken(id: string): void {
    this.acknowledged.add(id);
    this.#events.push({ type: 'acknowledged', envelope: id, kept: this.shown.has(id) });
  }

  /** Whether everything was answered. */
  get isAtRest(): boolean {
    return this.receipts.size === this.tried.size && this.acknowledged.size === this.shown.size;
  }

  /**
   * @param onDisk what the database had or has @param left what it still keeps for delivery
   * @returns what is wrong; what follows is another record
   */
  judge(onDisk: ReadonlySet<string>, left: ReadonlySet<string>): Violation[] {
    const stored = [...this.tried.keys()]
      .filter((id) => onDisk.has(id))
      .map((id): HistoryEvent => ({ type: 'stored', envelope: id, by: null, to: '', content: id }));
    const count = [...this.tried.keys()].filter((id) => left.has(id)).length;
    const end: HistoryEvent[] = [{ type: 'calm' }, { type: 'left', where: 'the database', count }, { type: 'end' }];
    return checkHistory([...stored, ...this.#events, ...end]);
  }
}
