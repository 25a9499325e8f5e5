export interface Sequenced {
  readonly sequence: number;
  /** Set by SequenceList.remove. */
  gone: boolean;
}

/** Items by rising sequence, with removal anywhere in amortised O(1) and reading after a cursor. */
export class SequenceList<T extends Sequenced> {
  #items: T[] = [];
  /** Removed ones that still take a place. */
  #gone = 0;

  get size(): number {
    return this.#items.length - this.#gone;
  }

  /** The highest sequence of an item; 0: there is none. */
  get newest(): number {
    return this.#items.findLast(({ gone }) => !gone)?.sequence ?? 0;
  }

  /** The item's sequence must be above all others. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** The item must be in the list. */
  remove(item: T): void {
    item.gone = true;
    this.#gone++;
    if (this.#gone * 2 <= this.#items.length) return;
    this.#items = this.#items.filter(({ gone }) => !gone);
    this.#gone = 0;
  }

  /** Forgets all items up to this sequence, without marking them. */
  dropThrough(sequence: number): void {
    this.#items = this.#items.slice(this.#firstAfter(sequence)).filter(({ gone }) => !gone);
    this.#gone = 0;
  }

  /** At most `limit` items with a sequence above the cursor. */
  after(cursor: number, limit: number): T[] {
    const found: T[] = [];
    for (let i = this.#firstAfter(cursor); i < this.#items.length && found.length < limit; i++) {
      const item = this.#items[i]!;
      if (!item.gone) found.push(item);
    }
    return found;
  }

  #firstAfter(cursor: number): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#items[middle]!.sequence <= cursor) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
