/** The way to the homes: the given address names a node and its network, the network's view the homes (RING-63). */
import { ConnectionError, discoverNode } from '../connection/index.ts';
import { backoffMs } from '../backoff.ts';
import type { Route } from '../contacts/route.ts';
import { callableUrls } from '../ring/callable-urls.ts';
import type { Platform } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { Timers } from '../timers.ts';
import type { OwnIdentity } from './identity-store.ts';
import type { OwnHomes } from './own-homes.ts';
import type { Profile } from './profile.ts';

const MAX_BACKOFF_MS = 60_000;
const MAX_URLS = 4;

export interface HomeEntryParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly homes: OwnHomes;
  /** Before the first connection of a device that its account does not list yet. Rejects with ConnectionError. */
  readonly onJoin: (route: Route) => Promise<void>;
  readonly onEntered: () => void;
  /** @param retryAt ms since 1970 */
  readonly onFailure: (error: ConnectionError, retryAt: number) => void;
  readonly onFault: (error: unknown) => void;
}

export class HomeEntry {
  readonly #parts: HomeEntryParts;
  #closed = false;

  constructor(parts: HomeEntryParts) {
    this.#parts = parts;
  }

  begin(): void {
    const { home } = this.#parts.profile.current;
    if (home === null) {
      this.#run(this.#discover(1));
    } else {
      this.#parts.homes.begin(home);
      this.#run(this.#join(home, 1));
    }
  }

  close(): void {
    this.#closed = true;
  }

  /** The first time: learns which node and network the given address leads to, and pins them. */
  async #discover(failures: number): Promise<void> {
    const { platform, profile, database, homes } = this.#parts;
    const { url, psk } = profile.current;
    try {
      const found = await discoverNode({ platform, url, pinnedNode: null });
      if (this.#closed) return;
      const urls = [...new Set([url, ...callableUrls([url], found.urls)])].slice(0, MAX_URLS);
      const home = { network: found.network.slice(), node: found.node.slice(), urls, psk };
      database.transaction(() => profile.update({ home }));
      homes.begin(home);
      // A node that belongs to a ring need not be a home: it is not told who is coming (RING-63).
      if (found.admission !== undefined) await homes.settle();
      if (!this.#closed) await this.#join(home, 1);
    } catch (error) {
      this.#tryLater(error, failures, () => this.#discover(failures + 1));
    }
  }

  /** An account that was taken up again on this device: first its list gets this device. */
  async #join(bootstrap: Route, failures: number): Promise<void> {
    const { own, onJoin, onEntered, homes } = this.#parts;
    try {
      if (own.joining !== null) await this.#joinAtAHome(bootstrap, homes, onJoin);
      if (!this.#closed) onEntered();
    } catch (error) {
      this.#tryLater(error, failures, () => this.#join(bootstrap, failures + 1));
    }
  }

  /** At the first that answers; the others get the list from there, or when they are looked in on. */
  async #joinAtAHome(bootstrap: Route, homes: OwnHomes, onJoin: (route: Route) => Promise<void>): Promise<void> {
    await homes.settle();
    let failure: unknown = new ConnectionError('offline', 'No home is known.');
    for (const route of homes.routes.length === 0 ? [bootstrap] : homes.routes) {
      try {
        await onJoin(route);
        return;
      } catch (error) {
        if (!(error instanceof ConnectionError) || error.code === 'not-allowed') throw error;
        failure = error;
      }
    }
    throw failure;
  }

  #tryLater(error: unknown, failures: number, again: () => Promise<void>): void {
    if (this.#closed) return;
    const { platform, timers, onFailure } = this.#parts;
    const known = error instanceof ConnectionError ? error : null;
    const wait = Math.max(known?.retryMs ?? 0, backoffMs(platform.random, failures, MAX_BACKOFF_MS));
    timers.after(wait, () => this.#run(again()));
    if (known === null) throw error;
    onFailure(known, timers.now() + wait);
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#closed) this.#parts.onFault(error);
    });
  }
}
