import { keyOf } from '../key-of.ts';

/** Envelopes remembered by each of two generations. */
const ENTRIES = 32_768;

/**
 * By which day's partition an envelope is found, for those that were stored or read here lately: an acknowledgement
 * names ids alone, and without a hint each partition has to be asked.
 */
export class DayHints {
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  add(id: Uint8Array, day: number): void {
    if (this.#young.size >= ENTRIES) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(keyOf(id), day);
  }

  /** null: not known. */
  get(id: Uint8Array): number | null {
    const key = keyOf(id);
    return this.#young.get(key) ?? this.#old.get(key) ?? null;
  }
}
