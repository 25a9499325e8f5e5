import { CLOSE, type Close } from '@sotto/protocol/link';
import type { FrameBody, RefusalCode } from '@sotto/protocol/wire';
import type { Outlet } from '../delivery/outlet.ts';
import type { Caller } from '../links/caller.ts';
import type { LinkOwner } from '../links/link-owner.ts';
import { ApiProblem, problemOf } from './problem.ts';

/** Why a poll waits no longer: something is there, the time is over, nobody waits for the answer, or a problem. */
export type PollEnd = 'stored' | 'time' | 'gone' | ApiProblem;

/**
 * A poll that waits, in the place of a link: the device is attached by it, like by any link, until the first envelope
 * is pushed. That is only the sign to look: what is answered is read from the store, with cursors (HTTP-32).
 */
export class PollCaller implements Caller {
  readonly owner: LinkOwner;
  readonly serial: number;
  readonly remote: string;
  readonly peer = null;
  readonly tunnels = null;
  readonly recipient = null;
  readonly slow = false;
  outlet: Outlet | null = null;
  closed = false;
  /** Settles once; never rejects. */
  readonly ended: Promise<PollEnd>;
  readonly #resolve: (end: PollEnd) => void;
  readonly #attached: () => void;

  /** @param attached called before anything is pushed */
  constructor(owner: LinkOwner, serial: number, remote: string, attached: () => void) {
    const { promise, resolve } = Promise.withResolvers<PollEnd>();
    this.owner = owner;
    this.serial = serial;
    this.remote = remote;
    this.ended = promise;
    this.#resolve = resolve;
    this.#attached = attached;
  }

  /** Later ends count no more. */
  finish(end: PollEnd): void {
    this.closed = true;
    this.#resolve(end);
  }

  send(_request: number, body: FrameBody): void {
    if (this.closed) return;
    if (body.case === 'attached') this.#attached();
    // What is live is not kept for anybody, and nobody waits for it here.
    else if (body.case === 'deliver' && !body.value.live) this.finish('stored');
  }

  refuse(_request: number, code: RefusalCode, retryMs = 0): void {
    this.finish(new ApiProblem(problemOf(code), retryMs > 0 ? { retryMs } : {}));
  }

  refuseBusy(_request: number, retryMs: number): void {
    this.finish(new ApiProblem('too-many', { retryMs }));
  }

  close(reason: Close): void {
    if (reason.code === CLOSE.replaced.code) this.finish(new ApiProblem('replaced'));
    else if (reason.code === CLOSE.notAllowed.code) this.finish(new ApiProblem('unknown-device'));
    else this.finish(new ApiProblem('going-away', { retryMs: 1000 }));
  }

  /** What went wrong is in the log already. */
  fail(): void {
    this.finish(new ApiProblem('internal'));
  }

  begin(): boolean {
    return true;
  }

  end(): void {}

  takeCold(): boolean {
    return true;
  }

  giveCold(): void {}

  takeLive(): boolean {
    return false;
  }
}
