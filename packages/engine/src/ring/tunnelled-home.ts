/** A node that is reached through entries, one after the other, and directly only by their word (RING-76). */
import type { FrameBody } from '@sotto/protocol/wire';
import { ConnectionError } from '../connection/index.ts';
import type { NodeRequests } from '../connection/index.ts';
import type { RequestOptions } from '../connection/connection.ts';
import type { Clock } from '../ports.ts';

/** For how long the tunnels are left alone after they led nowhere. */
const DIRECT_MS = 600_000;
/** Entries that fail in a row before it is asked whether the home is shown our address. */
const ROW = 3;
/** Of them, so many must say that they do not reach the home: one could be in league with it. */
const WITNESSES = 2;

/** What became of an attempt: the entry does not reach the home, somebody has no room, or nothing came of it. */
type Outcome = 'not-reached' | 'full' | 'silent';

export interface TunnelledHomeParts {
  readonly clock: Clock;
  readonly direct: NodeRequests;
  /** The same node through different entries, best first; at least one. */
  readonly tunnels: readonly NodeRequests[];
}

export class TunnelledHome implements NodeRequests {
  readonly #parts: TunnelledHomeParts;
  #current = 0;
  /** Since something came through. */
  #outcomes: Outcome[] = [];
  #directUntilMs = 0;

  constructor(parts: TunnelledHomeParts) {
    this.#parts = parts;
  }

  async request(body: FrameBody, options: RequestOptions = {}): Promise<FrameBody> {
    const way = this.#way();
    try {
      const answer = await way.request(body, options);
      if (way !== this.#parts.direct) this.#outcomes = [];
      return answer;
    } catch (error) {
      // What the far end refuses came through.
      if (!(error instanceof ConnectionError) || error.code === 'refused' || error.code === 'closed') throw error;
      this.#failed(way, error);
      if (way === this.#parts.direct || this.#way() !== this.#parts.direct) throw error;
      return await this.#askDirectly(body, options);
    }
  }

  async #askDirectly(body: FrameBody, options: RequestOptions): Promise<FrameBody> {
    try {
      return await this.#parts.direct.request(body, options);
    } catch (error) {
      if (error instanceof ConnectionError) this.#failed(this.#parts.direct, error);
      throw error;
    }
  }

  post(body: FrameBody): boolean {
    return this.#way().post(body);
  }

  #way(): NodeRequests {
    const { clock, direct, tunnels } = this.#parts;
    return clock.now() < this.#directUntilMs ? direct : (tunnels[this.#current] ?? direct);
  }

  /** All that a way lost when it broke is one failure. */
  #failed(way: NodeRequests, error: ConnectionError): void {
    const { clock, direct, tunnels } = this.#parts;
    // It is the home that is not there: when it is back, there will be no reason to show it our address.
    if (way === direct) this.#directUntilMs = 0;
    if (way !== tunnels[this.#current] || clock.now() < this.#directUntilMs) return;
    this.#current = (this.#current + 1) % tunnels.length;
    this.#outcomes.push(outcomeOf(error));
    if (this.#outcomes.length < Math.min(ROW, tunnels.length)) return;
    if (leadsNowhere(this.#outcomes)) this.#directUntilMs = clock.now() + DIRECT_MS;
    this.#outcomes = [];
  }
}

function outcomeOf({ code }: ConnectionError): Outcome {
  if (code === 'not-reached') return code;
  return code === 'too-many' ? 'full' : 'silent';
}

/**
 * Whoever could bring it about that tunnels fail would learn who writes to a mailbox. Taking all places at an entry is
 * easy, and entries that are out of reach say nothing; where there are fewer of them than a row, there is no other way.
 */
function leadsNowhere(row: readonly Outcome[]): boolean {
  if (row.includes('full')) return false;
  return row.length < ROW || row.filter((outcome) => outcome === 'not-reached').length >= WITNESSES;
}
