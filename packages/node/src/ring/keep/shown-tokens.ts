import { keyOf } from '../../text-key.ts';
import type { KeepOffer } from './ask-keep.ts';

/** What is remembered of an envelope: the hash of its token, or that a home knew the token as used. */
type Shown = Uint8Array | 'used';

/** Half a day at one a second. */
const REMEMBERED = 32_768;

/**
 * Request tokens of what is held for homes: they are shown when it is handed over, and used up there (RING-31). In
 * memory alone: after a restart such an envelope is one of which nothing was shown.
 */
export class ShownTokens {
  readonly #shown = new Map<string, Shown>();

  /** @param tokenHash of the token that came with it; null: none did */
  kept(id: Uint8Array, tokenHash: Uint8Array | null): void {
    if (tokenHash !== null && tokenHash.length > 0) this.#note(id, tokenHash.slice());
  }

  /** A home says that another envelope used the token up: this one goes to the strangers' lane. */
  used(id: Uint8Array): void {
    if (this.#shown.has(keyOf(id))) this.#note(id, 'used');
  }

  gone(id: Uint8Array): void {
    this.#shown.delete(keyOf(id));
  }

  /** As it is offered to a home. */
  offer(item: KeepOffer): KeepOffer {
    const shown = this.#shown.get(keyOf(item.id));
    if (shown === undefined) return item;
    return shown === 'used' ? { ...item, lane: 'stranger' } : { ...item, tokenHash: shown };
  }

  #note(id: Uint8Array, shown: Shown): void {
    const key = keyOf(id);
    this.#shown.delete(key);
    this.#shown.set(key, shown);
    for (const oldest of this.#shown.keys()) {
      if (this.#shown.size <= REMEMBERED) break;
      this.#shown.delete(oldest);
    }
  }
}
