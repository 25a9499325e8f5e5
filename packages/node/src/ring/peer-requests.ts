import type { RefusalCode } from '@sotto/protocol/wire';
import type { Clock } from '@sotto/protocol/link';
import { type PeerBody, weightOf } from './peer-body.ts';
import { PeerError } from './peer-error.ts';

/** What one node may have under way to another: frames and bytes not yet answered, and what waits for its turn. */
export interface PeerWindow {
  readonly peerWindowFrames: number;
  readonly peerWindowBytes: number;
  readonly peerQueueBytes: number;
}

interface Asked {
  readonly body: PeerBody;
  readonly weight: number;
  readonly askedMs: number;
  readonly deadlineMs: number;
  readonly resolve: (body: PeerBody) => void;
  readonly reject: (error: PeerError) => void;
}

/** Sends one request over the link there is. */
export type SendRequest = (request: number, body: PeerBody) => void;

const NUMBERS = 2 ** 32;

/**
 * Requests to one peer. They outlive a link that another one replaces: everything nodes ask each other may be asked
 * twice. The side that dialed a link counts in odd numbers, the other one in even ones, so that an answer cannot be
 * taken for a question (RING-41).
 */
export class PeerRequests {
  readonly #clock: Clock;
  readonly #window: PeerWindow;
  #send: SendRequest | null = null;
  #next = 1;
  #first = 1;
  #open = new Map<number, Asked>();
  #openBytes = 0;
  #waiting: Asked[] = [];
  #waitingBytes = 0;

  constructor(clock: Clock, window: PeerWindow) {
    this.#clock = clock;
    this.#window = window;
  }

  get pending(): number {
    return this.#open.size + this.#waiting.length;
  }

  /** When the oldest of those that were sent was asked; Infinity when none is. */
  get oldestMs(): number {
    let least = Infinity;
    for (const { askedMs } of this.#open.values()) least = Math.min(least, askedMs);
    return least;
  }

  ask(body: PeerBody, timeoutMs: number): Promise<PeerBody> {
    const weight = weightOf(body);
    if (this.#waitingBytes + weight > this.#window.peerQueueBytes) return Promise.reject(new PeerError('busy'));
    return new Promise((resolve, reject) => {
      const askedMs = this.#clock.now();
      this.#waiting.push({ body, weight, askedMs, deadlineMs: askedMs + timeoutMs, resolve, reject });
      this.#waitingBytes += weight;
      this.#pump();
    });
  }

  /** A link is there: what waits goes out, what was under way on another one once more. @param first 1 or 2 */
  attach(send: SendRequest, first: 1 | 2): void {
    this.detach();
    this.#send = send;
    this.#first = first;
    this.#next = first;
    this.#pump();
  }

  /** The link is gone; another one may come. */
  detach(): void {
    this.#send = null;
    const again = [...this.#open.values()];
    this.#open = new Map();
    this.#openBytes = 0;
    this.#waiting = [...again, ...this.#waiting];
    for (const { weight } of again) this.#waitingBytes += weight;
  }

  /** @returns whether this was a request of ours */
  answer(request: number, body: PeerBody): boolean {
    const asked = this.#take(request);
    asked?.resolve(body);
    return asked !== null;
  }

  refuse(request: number, code: RefusalCode, retryMs: number): boolean {
    const asked = this.#take(request);
    asked?.reject(new PeerError('refused', code, retryMs));
    return asked !== null;
  }

  failAll(error: PeerError): void {
    this.detach();
    const failed = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { reject } of failed) reject(error);
  }

  /** Gives up what took too long. An answer that comes later finds nobody. */
  expire(): void {
    const nowMs = this.#clock.now();
    const late = (asked: Asked): boolean => asked.deadlineMs <= nowMs;
    const failed: Asked[] = [];
    for (const [request, asked] of this.#open) if (late(asked)) failed.push(this.#take(request)!);
    for (const asked of this.#waiting) if (late(asked)) failed.push(asked);
    this.#waiting = this.#waiting.filter((asked) => !late(asked));
    this.#waitingBytes = this.#waiting.reduce((sum, { weight }) => sum + weight, 0);
    for (const { reject } of failed) reject(new PeerError('time-out'));
    this.#pump();
  }

  #take(request: number): Asked | null {
    const asked = this.#open.get(request);
    if (asked === undefined) return null;
    this.#open.delete(request);
    this.#openBytes -= asked.weight;
    this.#pump();
    return asked;
  }

  #pump(): void {
    const { peerWindowFrames, peerWindowBytes } = this.#window;
    let sent = 0;
    while (this.#send !== null && sent < this.#waiting.length && this.#open.size < peerWindowFrames) {
      const asked = this.#waiting[sent]!;
      if (this.#open.size > 0 && this.#openBytes + asked.weight > peerWindowBytes) break;
      sent += 1;
      const request = this.#next;
      this.#next = request + 2 >= NUMBERS ? this.#first : request + 2;
      this.#open.set(request, asked);
      this.#openBytes += asked.weight;
      this.#waitingBytes -= asked.weight;
      this.#send(request, asked.body);
    }
    if (sent > 0) this.#waiting = this.#waiting.slice(sent);
  }
}
