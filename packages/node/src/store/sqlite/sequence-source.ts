import { type DatabaseSync } from 'node:sqlite';

/** Sequences set aside by one write: a restart skips the rest of them. */
const BLOCK = 1_048_576;

/**
 * Gives each sequence once, also across restarts. SQLite's own row numbers would start again when the newest
 * envelopes were taken; AUTOINCREMENT would write a second row for every envelope.
 */
export class SequenceSource {
  readonly #select;
  readonly #update;
  #next = 0;
  #end = 0;

  constructor(database: DatabaseSync) {
    this.#select = database.prepare(`SELECT value FROM state WHERE name = 'next_sequence'`);
    this.#update = database.prepare(`UPDATE state SET value = ? WHERE name = 'next_sequence'`);
  }

  /** After opening, and after a rollback, which may have taken back the newest block. */
  load(): void {
    this.#end = Number(this.#select.get()!['value']);
    this.#next = Math.max(this.#next, this.#end);
  }

  next(): number {
    if (this.#next >= this.#end) {
      this.#end = this.#next + BLOCK;
      this.#update.run(this.#end);
    }
    return this.#next++;
  }
}
