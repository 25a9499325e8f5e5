import { concat } from '@sotto/protocol/crypto';
import { RefusalCode } from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import type { Clock } from '../ports.ts';
import type { ConnectionError } from './connection-error.ts';

/** Ids in one frame. */
const BATCH = 256;
/** How long an id waits for others. */
const GATHER_MS = 10;

/**
 * Gathers the ids of envelopes into few Acknowledge frames (LNKC-4). They are sent as requests, so that they keep to
 * the window, and again when the node was busy: one it lost would stay in its delivery window.
 */
export class Acknowledgements {
  readonly #clock: Clock;
  readonly #ask: (body: FrameBody, onError: (error: ConnectionError) => void) => void;
  #ids: Uint8Array[] = [];
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, ask: (body: FrameBody, onError: (error: ConnectionError) => void) => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** @param ids envelope ids, 32 B each */
  add(ids: readonly Uint8Array[]): void {
    this.#ids.push(...ids);
    if (this.#ids.length >= BATCH) this.flush();
    else if (this.#ids.length > 0) this.#cancel ??= this.#clock.after(GATHER_MS, () => this.flush());
  }

  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    while (this.#ids.length > 0) this.#send(concat(...this.#ids.splice(0, BATCH)));
  }

  /** The link has ended: the next one brings the envelopes again. */
  drop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#ids = [];
  }

  #send(ids: Uint8Array): void {
    this.#ask({ case: 'acknowledge', value: { ids } }, (error) => {
      if (error.refusal !== RefusalCode.BUSY) return;
      this.#clock.after(Math.max(GATHER_MS, error.retryMs), () => this.#send(ids));
    });
  }
}
