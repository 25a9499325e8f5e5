import { CLOSE, type Close } from '@sotto/protocol/link';
import { type FrameBody, RefusalCode, type StoredFrame } from '@sotto/protocol/wire';
import type { Outlet } from '../delivery/outlet.ts';
import type { Caller } from '../links/caller.ts';
import type { LinkOwner } from '../links/link-owner.ts';
import { describeError, type Log } from '../log.ts';
import { countIn, type NodeMetrics } from '../node-metrics.ts';
import type { Recipient } from '../relay/recipient.ts';
import { ApiProblem, problemOf } from './problem.ts';
import { receiptsOf } from './schemas/answers.ts';

export interface CallerParts {
  readonly log: Log;
  readonly metrics: NodeMetrics;
  /** Takes from the rate for rare requests of this device or address. */
  readonly takeCold: (cost: number) => boolean;
  /** What was taken was not needed. */
  readonly giveCold: (cost: number) => void;
  /** As remoteKey() has it. */
  readonly remote: string;
  /** Of this node: receipts without a node are its own. */
  readonly nodeId: Uint8Array;
  readonly network: Uint8Array;
}

/** One HTTP request in the place of a link: asks one thing of the same desks, and has one answer (HTTP-2). */
export class HttpCaller implements Caller {
  readonly owner: LinkOwner | null;
  readonly serial = 0;
  readonly remote: string;
  readonly peer = null;
  readonly tunnels = null;
  readonly slow = false;
  outlet: Outlet | null = null;
  recipient: Recipient | null = null;
  closed = false;
  /** Of a Send: each home has its own. */
  readonly receipts: StoredFrame[] = [];
  readonly #parts: CallerParts;
  readonly #answer = Promise.withResolvers<FrameBody>();

  constructor(parts: CallerParts, owner: LinkOwner | null) {
    this.#parts = parts;
    this.owner = owner;
    this.remote = parts.remote;
  }

  /** For a Send the last of its receipts. Rejects with an ApiProblem. */
  get answer(): Promise<FrameBody> {
    return this.#answer.promise;
  }

  send(_request: number, body: FrameBody): void {
    if (this.closed) return;
    if (body.case === 'stored') this.receipts.push(body.value);
    else if (body.case === 'refusal') this.#refused(body.value.code, body.value.retryMs, body.value.at);
    else this.#settle(body);
  }

  refuse(_request: number, code: RefusalCode, retryMs = 0): void {
    countIn(this.#parts.metrics.refusals, code);
    this.#refused(code, retryMs);
  }

  refuseBusy(_request: number, retryMs: number): void {
    countIn(this.#parts.metrics.refusals, RefusalCode.BUSY);
    this.#fail(new ApiProblem('too-many', { retryMs }));
  }

  /** How many are under way is counted before. */
  begin(): boolean {
    return true;
  }

  /** A Send is over when its place in the window is free; its receipt or refusal comes in the same turn. */
  end(): void {
    queueMicrotask(() => {
      const last = this.receipts.at(-1);
      if (last !== undefined) this.#settle({ case: 'stored', value: last });
    });
  }

  takeCold(cost: number): boolean {
    return this.#parts.takeCold(cost);
  }

  giveCold(cost: number): void {
    this.#parts.giveCold(cost);
  }

  /** Nothing live comes this way. */
  takeLive(): boolean {
    return false;
  }

  close(reason: Close): void {
    if (reason.code === CLOSE.notAllowed.code) this.#fail(new ApiProblem('not-allowed'));
    else if (reason.code === CLOSE.malformed.code) this.#fail(new ApiProblem('bad-request'));
    else this.#fail(new ApiProblem('busy', { retryMs: 1000 }));
  }

  fail(error: unknown): void {
    if (!this.closed) {
      this.#parts.metrics.internalErrors += 1;
      this.#parts.log.error('api-failed', describeError(error));
    }
    this.#fail(new ApiProblem('internal'));
  }

  #refused(code: RefusalCode, retryMs: number, at?: number): void {
    const { nodeId, network } = this.#parts;
    this.#fail(
      new ApiProblem(problemOf(code), {
        ...(retryMs > 0 ? { retryMs } : {}),
        ...(at === undefined ? {} : { at }),
        ...(this.receipts.length > 0 ? { receipts: receiptsOf(this.receipts, nodeId, network) } : {}),
      }),
    );
  }

  #settle(answer: FrameBody): void {
    this.closed = true;
    this.#answer.resolve(answer);
  }

  #fail(problem: ApiProblem): void {
    this.closed = true;
    this.#answer.reject(problem);
  }
}
