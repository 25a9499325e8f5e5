import type { Clock } from '@sotto/protocol/link';
import type { LinkOwner } from '../links/link-owner.ts';
import type { ApiLimits } from './api-limits.ts';
import type { ApiParts } from './api-parts.ts';
import { PollCaller, type PollEnd } from './poll-caller.ts';
import { ApiProblem } from './problem.ts';

export interface LongPollParts extends Pick<ApiParts, 'attach' | 'detach' | 'nextSerial' | 'spread' | 'metrics'> {
  readonly clock: Clock;
  /** Sets where the device's delivery begins. */
  readonly skip: (owner: LinkOwner, cursor: number) => void;
}

/** What one poll waits for. */
export interface Wait {
  readonly owner: LinkOwner;
  /** As remoteKey() has it. */
  readonly remote: string;
  /** Cursor of what the client has. */
  readonly after: number;
  readonly waitMs: number;
}

const RETRY_MS = 1000;

/** Polls that wait: each is an attachment, a timer and a socket (HTTP-30 to HTTP-33). */
export class LongPolls {
  readonly #parts: LongPollParts;
  readonly #limits: Pick<ApiLimits, 'polls' | 'pollsPerAddress'>;
  readonly #waiting = new Set<PollCaller>();
  readonly #byAddress = new Map<string, number>();

  constructor(parts: LongPollParts, limits: Pick<ApiLimits, 'polls' | 'pollsPerAddress'>) {
    this.#parts = parts;
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** @param given told how to end it when nobody waits any more @returns why it ended @throws ApiProblem too-many */
  async wait({ owner, remote, after, waitMs }: Wait, given: (gone: () => void) => void): Promise<PollEnd> {
    const { clock, attach, detach, nextSerial, skip, spread, metrics } = this.#parts;
    const own = this.#byAddress.get(remote) ?? 0;
    if (this.#waiting.size >= this.#limits.polls || own >= this.#limits.pollsPerAddress) {
      throw new ApiProblem('too-many', { retryMs: spread(RETRY_MS) });
    }
    const poll = new PollCaller(owner, nextSerial(), remote, () => skip(owner, after));
    const cancel = clock.after(waitMs, () => poll.finish('time'));
    this.#waiting.add(poll);
    metrics.longPolls += 1;
    this.#byAddress.set(remote, own + 1);
    given(() => poll.finish('gone'));
    attach(poll);
    const end = await poll.ended;
    cancel();
    detach(poll);
    this.#waiting.delete(poll);
    metrics.longPolls -= 1;
    const left = this.#byAddress.get(remote)! - 1;
    if (left === 0) this.#byAddress.delete(remote);
    else this.#byAddress.set(remote, left);
    return end;
  }

  /** The node goes away. */
  drain(): void {
    for (const poll of this.#waiting) {
      poll.finish(new ApiProblem('going-away', { retryMs: this.#parts.spread(RETRY_MS) }));
    }
  }
}
