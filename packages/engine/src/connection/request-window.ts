import { encodeFrame } from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import type { Clock } from '../ports.ts';
import { ConnectionError } from './connection-error.ts';
import type { MoreAnswers } from './connection.ts';

/** Requests without an answer that a node allows one link (network.md, rule 5). */
const WINDOW_FRAMES = 64;
const WINDOW_BYTES = 1 << 20;
/** Requests that wait for a place in the window. */
const QUEUE_FRAMES = 4096;
const QUEUE_BYTES = 16 << 20;
const LAST_REQUEST = 2 ** 32 - 1;

interface Pending {
  readonly request: number;
  readonly encoded: Uint8Array;
  readonly onAnswer: (answer: FrameBody) => void;
  readonly onError: (error: ConnectionError) => void;
  readonly more: MoreAnswers | null;
  readonly untilMs: number;
  cancelTimeout: () => void;
  sent: boolean;
}

/** The requests of one link: numbers them, keeps to the node's window, matches the answers (LNKC-1, LNKC-2). */
export class RequestWindow {
  readonly #clock: Clock;
  readonly #transmit: (encoded: Uint8Array) => void;
  readonly #pending = new Map<number, Pending>();
  #queue: Pending[] = [];
  #queuedBytes = 0;
  #framesInFlight = 0;
  #bytesInFlight = 0;
  #lastRequest = 0;

  constructor(clock: Clock, transmit: (encoded: Uint8Array) => void) {
    this.#clock = clock;
    this.#transmit = transmit;
  }

  /** Requests on the wire that have no answer yet. */
  get inFlight(): number {
    return this.#framesInFlight;
  }

  /** Exactly one of the two is called, once, and never from inside this call unless the queue is full. */
  ask(
    body: FrameBody,
    timeoutMs: number,
    onAnswer: (answer: FrameBody) => void,
    onError: (error: ConnectionError) => void,
    more: MoreAnswers | null = null,
  ): void {
    const request = this.#nextRequest();
    const encoded = encodeFrame({ request, body });
    if (this.#queue.length >= QUEUE_FRAMES || this.#queuedBytes + encoded.length > QUEUE_BYTES) {
      onError(new ConnectionError('busy', 'Too much is waiting to be sent.', { retryMs: 1000 }));
      return;
    }
    const cancelTimeout = this.#clock.after(timeoutMs, () => this.#expire(request));
    const untilMs = this.#clock.now() + timeoutMs;
    const pending: Pending = { request, encoded, onAnswer, onError, more, untilMs, cancelTimeout, sent: false };
    this.#pending.set(request, pending);
    this.#queue.push(pending);
    this.#queuedBytes += encoded.length;
    this.#fill();
  }

  /** @returns false when nobody waits for it: it timed out, or was never asked. */
  settle(request: number, answer: FrameBody): boolean {
    if (this.#awaitsMore(request, answer)) return true;
    const pending = this.#remove(request);
    if (pending === null) return false;
    if (answer.case === 'refusal') {
      const { code, retryMs, at } = answer.value;
      const told = { refusal: code, retryMs, retry: retryMs > 0, laterThan: at };
      pending.onError(new ConnectionError('refused', 'The node refused.', told));
    } else {
      pending.onAnswer(answer);
    }
    return true;
  }

  /** The link has ended: whether what was on the wire was carried out, nobody knows. */
  fail(cause: ConnectionError): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#framesInFlight = 0;
    this.#bytesInFlight = 0;
    for (const pending of all) {
      pending.cancelTimeout();
      const { retryMs } = cause;
      pending.onError(
        pending.sent
          ? new ConnectionError('disconnected', 'The connection was lost before the answer came.', { cause, retryMs })
          : new ConnectionError('offline', 'The connection was lost before it was sent.', { cause, retryMs }),
      );
    }
  }

  /** Keeps the request, and its place in the window, for another answer. */
  #awaitsMore(request: number, answer: FrameBody): boolean {
    const pending = this.#pending.get(request);
    if (pending === undefined || pending.more === null || !pending.sent || answer.case === 'refusal') return false;
    const moreMs = Math.min(pending.more(answer), pending.untilMs - this.#clock.now());
    if (moreMs <= 0) return false;
    pending.cancelTimeout();
    pending.cancelTimeout = this.#clock.after(moreMs, () => this.#remove(request)?.onAnswer(answer));
    return true;
  }

  #expire(request: number): void {
    const pending = this.#remove(request);
    if (pending === null) return;
    pending.onError(
      pending.sent
        ? new ConnectionError('timeout', 'The node did not answer in time.')
        : new ConnectionError('busy', 'It was not sent in time: too much was waiting.'),
    );
  }

  #remove(request: number): Pending | null {
    const pending = this.#pending.get(request);
    if (pending === undefined) return null;
    this.#pending.delete(request);
    pending.cancelTimeout();
    if (pending.sent) {
      this.#framesInFlight--;
      this.#bytesInFlight -= pending.encoded.length;
      this.#fill();
    } else {
      this.#queue = this.#queue.filter((queued) => queued !== pending);
      this.#queuedBytes -= pending.encoded.length;
    }
    return pending;
  }

  #fill(): void {
    const nowMs = this.#clock.now();
    let looked = 0;
    const left: Pending[] = [];
    for (const pending of this.#queue) {
      if (this.#framesInFlight >= WINDOW_FRAMES) break;
      if (this.#framesInFlight > 0 && this.#bytesInFlight + pending.encoded.length > WINDOW_BYTES) break;
      looked++;
      if (pending.untilMs <= nowMs) {
        // Its time-out is just coming: who asked is told that it was not sent.
        left.push(pending);
        continue;
      }
      pending.sent = true;
      this.#framesInFlight++;
      this.#bytesInFlight += pending.encoded.length;
      this.#queuedBytes -= pending.encoded.length;
      this.#transmit(pending.encoded);
    }
    if (looked > 0) this.#queue.splice(0, looked, ...left);
  }

  #nextRequest(): number {
    do {
      this.#lastRequest = this.#lastRequest === LAST_REQUEST ? 1 : this.#lastRequest + 1;
    } while (this.#pending.has(this.#lastRequest));
    return this.#lastRequest;
  }
}
