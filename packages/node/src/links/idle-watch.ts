import { CLOSE, type Clock } from '@sotto/protocol/link';
import type { Limits } from '../limits.ts';
import type { Link } from './link.ts';

/** Looks over all links now and then, so that no link needs a timer of its own (NODE-7). */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #links: ReadonlySet<Link>;
  #cancel: (() => void) | null = null;

  constructor(parts: { clock: Clock; limits: Limits }, links: ReadonlySet<Link>) {
    this.#clock = parts.clock;
    this.#limits = parts.limits;
    this.#links = links;
  }

  /** A link opened: the watch runs while there is one. */
  wake(): void {
    const everyMs = Math.min(this.#limits.idleMs, this.#limits.attachedIdleMs) / 4;
    this.#cancel ??= this.#clock.after(everyMs, this.#look);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  readonly #look = (): void => {
    this.#cancel = null;
    const nowMs = this.#clock.now();
    for (const link of this.#links) {
      const outlet = link.outlet?.beside === true && link.outlet.unacknowledged === 0 ? null : link.outlet;
      // An attached device may be silent as long as nothing waits for it: its socket is watched by pings below.
      const allowedMs =
        outlet === null ? this.#limits.idleMs : outlet.unacknowledged > 0 ? this.#limits.attachedIdleMs : Infinity;
      if (nowMs - link.lastHeardMs > allowedMs) link.close(CLOSE.timeOut);
    }
    if (this.#links.size > 0) this.wake();
  };
}
