/** A node that is reached through entries, one after the other, and directly when none of them leads there (RING-76). */
import type { FrameBody } from '@sotto/protocol/wire';
import { ConnectionError } from '../connection/index.ts';
import type { NodeRequests } from '../connection/index.ts';
import type { RequestOptions } from '../connection/connection.ts';
import type { Clock } from '../ports.ts';

/** For how long the tunnels are left alone after all of them failed in a row. */
const DIRECT_MS = 600_000;

export interface TunnelledHomeParts {
  readonly clock: Clock;
  readonly direct: NodeRequests;
  /** The same node through different entries, best first; at least one. */
  readonly tunnels: readonly NodeRequests[];
}

export class TunnelledHome implements NodeRequests {
  readonly #parts: TunnelledHomeParts;
  #current = 0;
  #failures = 0;
  #directUntilMs = 0;

  constructor(parts: TunnelledHomeParts) {
    this.#parts = parts;
  }

  async request(body: FrameBody, options: RequestOptions = {}): Promise<FrameBody> {
    const way = this.#way();
    try {
      const answer = await way.request(body, options);
      if (way !== this.#parts.direct) this.#failures = 0;
      return answer;
    } catch (error) {
      // What the far end refuses came through.
      if (!(error instanceof ConnectionError) || error.code === 'refused' || error.code === 'closed') throw error;
      this.#failed(way);
      if (way === this.#parts.direct || this.#way() !== this.#parts.direct) throw error;
      return await this.#askDirectly(body, options);
    }
  }

  async #askDirectly(body: FrameBody, options: RequestOptions): Promise<FrameBody> {
    try {
      return await this.#parts.direct.request(body, options);
    } catch (error) {
      if (error instanceof ConnectionError) this.#failed(this.#parts.direct);
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
  #failed(way: NodeRequests): void {
    const { clock, direct, tunnels } = this.#parts;
    // It is the home that is not there: when it is back, there will be no reason to show it our address.
    if (way === direct) this.#directUntilMs = 0;
    if (way !== tunnels[this.#current] || clock.now() < this.#directUntilMs) return;
    this.#current = (this.#current + 1) % tunnels.length;
    this.#failures++;
    if (this.#failures < tunnels.length) return;
    this.#failures = 0;
    this.#directUntilMs = clock.now() + DIRECT_MS;
  }
}
