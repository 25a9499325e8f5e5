import type { Clock, Socket } from '@sotto/protocol/link';
import type { Limits } from '../limits.ts';

const POLL_MS = 100;

/** What a slow reader is watched by; pausing may pause another socket than the one that is slow. */
export type Pausable = Pick<Socket, 'bufferedBytes' | 'pause' | 'resume'>;

/** Watches a socket whose reader does not keep up: nothing more is read from it or pushed to it meanwhile (NODE-6). */
export class SlowReader {
  readonly #socket: Pausable;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #onEnd: (taken: boolean) => void;
  #bufferedBytes: number;
  #progressMs: number;
  #cancel: () => void;

  /** @param onEnd once: true when enough was taken and reading goes on, false when nothing was for too long */
  constructor(socket: Pausable, host: { clock: Clock; limits: Limits }, onEnd: (taken: boolean) => void) {
    this.#socket = socket;
    this.#clock = host.clock;
    this.#limits = host.limits;
    this.#onEnd = onEnd;
    this.#bufferedBytes = socket.bufferedBytes;
    this.#progressMs = host.clock.now();
    socket.pause();
    this.#cancel = host.clock.after(POLL_MS, this.#poll);
  }

  stop(): void {
    this.#cancel();
  }

  readonly #poll = (): void => {
    const bufferedBytes = this.#socket.bufferedBytes;
    const nowMs = this.#clock.now();
    if (bufferedBytes <= this.#limits.lowWaterBytes) {
      this.#socket.resume();
      this.#onEnd(true);
      return;
    }
    if (bufferedBytes < this.#bufferedBytes) this.#progressMs = nowMs;
    this.#bufferedBytes = bufferedBytes;
    if (nowMs - this.#progressMs >= this.#limits.slowReaderMs) this.#onEnd(false);
    else this.#cancel = this.#clock.after(POLL_MS, this.#poll);
  };
}
