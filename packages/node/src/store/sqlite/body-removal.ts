import { type DatabaseSync } from 'node:sqlite';

/**
 * Removes the bodies of acknowledged envelopes, many at once and in the order of the table, so that a page with several
 * of them is written once. Their rows in `taken` go last: after a crash in between all is found there again.
 */
export class BodyRemoval {
  readonly #statements;
  /** Sequences of what is to be removed next time. */
  #gathered: number[] = [];
  #takenThrough = 0;
  #run: { readonly sequences: Float64Array; readonly takenThrough: number; done: number } | null = null;

  constructor(database: DatabaseSync) {
    this.#statements = {
      remove: database.prepare('DELETE FROM envelope WHERE sequence = ?'),
      removeTaken: database.prepare('DELETE FROM taken WHERE number <= ?'),
    };
  }

  get active(): boolean {
    return this.#run !== null;
  }

  get gathered(): number {
    return this.#gathered.length;
  }

  clear(): void {
    this.#gathered = [];
    this.#takenThrough = 0;
    this.#run = null;
  }

  /** `takenThrough`: the newest row of `taken` among these and all earlier ones. */
  add(sequences: readonly number[], takenThrough: number): void {
    for (const sequence of sequences) this.#gathered.push(sequence);
    this.#takenThrough = takenThrough;
  }

  /** Goes on, or begins with all that is gathered. @returns whether it is done */
  step(rows: number): boolean {
    if (this.#run === null) {
      this.#run = { sequences: Float64Array.from(this.#gathered).sort(), takenThrough: this.#takenThrough, done: 0 };
      this.#gathered = [];
    }
    const { sequences, takenThrough } = this.#run;
    const stop = Math.min(sequences.length, this.#run.done + rows);
    for (; this.#run.done < stop; this.#run.done++) this.#statements.remove.run(sequences[this.#run.done]!);
    if (this.#run.done < sequences.length) return false;
    this.#statements.removeTaken.run(takenThrough);
    this.#run = null;
    return true;
  }
}
