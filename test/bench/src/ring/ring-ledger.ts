import { hexOf } from '@sotto/protocol/ring';

/** What a run of messages came to. */
export interface RingOutcome {
  readonly sent: number;
  /** Of which the sender verified receipts of a quorum. */
  readonly stored: number;
  /** Stored, and never shown to the recipient. */
  readonly lost: readonly number[];
  /** Shown more than once, or under another id than they were sent with. */
  readonly doubled: readonly number[];
  /** Copies that recipients had already and set aside. */
  readonly copies: number;
  /** Times the sender had to ask another node or again. */
  readonly attempts: number;
}

/** History of a load: what was sent, what its sender holds for stored, what recipients were shown. */
export class RingLedger {
  readonly #ids: string[] = [];
  readonly #stored = new Set<number>();
  readonly #shown = new Map<number, number>();
  readonly #seen = new Set<string>();
  readonly #foreign: number[] = [];
  #copies = 0;
  attempts = 0;

  /** @returns the number of the message, to be carried inside */
  get next(): number {
    return this.#ids.length;
  }

  sent(id: Uint8Array): void {
    this.#ids.push(hexOf(id));
  }

  stored(message: number): void {
    this.#stored.add(message);
  }

  /** As a client does: what was seen is set aside, by the id of its envelope. */
  arrived(id: Uint8Array, message: number): void {
    const key = hexOf(id);
    if (this.#seen.has(key)) {
      this.#copies += 1;
      return;
    }
    this.#seen.add(key);
    if (this.#ids[message] !== key) this.#foreign.push(message);
    this.#shown.set(message, (this.#shown.get(message) ?? 0) + 1);
  }

  /** Stored ones that are still to come. */
  get missing(): readonly number[] {
    return [...this.#stored].filter((message) => !this.#shown.has(message));
  }

  outcome(): RingOutcome {
    const twice = [...this.#shown].filter(([, times]) => times > 1).map(([message]) => message);
    return {
      sent: this.#ids.length,
      stored: this.#stored.size,
      lost: this.missing,
      doubled: [...twice, ...this.#foreign],
      copies: this.#copies,
      attempts: this.attempts,
    };
  }
}
