/** Which nodes are home of this account: by the view of its network, epoch by epoch (RING-63). */
import { sameBytes } from '@sotto/protocol/crypto';
import { partitionOf } from '@sotto/protocol/ring';
import type { View } from '@sotto/protocol/ring';
import type { Route } from '../contacts/route.ts';
import type { Platform } from '../ports.ts';
import type { RingViews } from '../ring/ring-views.ts';
import { routeTo } from '../ring/ring-views.ts';
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';
import type { Timers } from '../timers.ts';

export interface OwnHomesParts {
  readonly platform: Pick<Platform, 'primitives' | 'random'>;
  readonly timers: Timers;
  readonly database: Database;
  readonly views: RingViews;
  /** Account key, 32 B. */
  readonly account: Uint8Array;
  /** The homes are others than before. */
  readonly onChange: () => void;
  /** The bootstrap node is no member of its network any more; `route` leads to one that is. */
  readonly onBootstrapGone: (route: Route) => void;
  readonly onFault: (error: unknown) => void;
}

interface HomesRecord {
  readonly network: Uint8Array;
  /** Best rank first. */
  readonly homes: readonly { readonly node: Uint8Array; readonly urls: readonly string[] }[];
  /** Id of the home that this device was attached to last; null: none yet. */
  readonly lastUsed: Uint8Array | null;
}

const NAME = 'own-homes';
const MAX_URLS = 4;
/** The clients of a network do not all ask at once when an epoch begins. */
const SPREAD = 0.1;

export class OwnHomes {
  readonly #parts: OwnHomesParts;
  #bootstrap: Route | null = null;
  #routes: readonly Route[] = [];
  #lastUsed: Uint8Array | null = null;
  #cancel: () => void = () => undefined;
  #stopListening: () => void = () => undefined;

  constructor(parts: OwnHomesParts) {
    this.#parts = parts;
  }

  /** Best rank first; never empty after begin(). */
  get routes(): readonly Route[] {
    return this.#routes;
  }

  get lastUsed(): Uint8Array | null {
    return this.#lastUsed;
  }

  /** @param bootstrap the node by which this account came into its network */
  begin(bootstrap: Route): void {
    this.close();
    this.#bootstrap = bootstrap;
    const kept = this.#parts.database.getMeta(NAME) as HomesRecord | null;
    const isSame = kept !== null && bootstrap.psk === null && sameBytes(kept.network, bootstrap.network);
    this.#routes = isSame ? kept.homes.map((home) => this.#route(home)) : [bootstrap];
    this.#lastUsed = isSame ? kept.lastUsed : null;
    const known = this.#parts.views.known(bootstrap.network, bootstrap);
    if (known !== null) this.#take(known);
    this.#stopListening = this.#parts.views.onChange((network) => {
      if (sameBytes(network, bootstrap.network)) this.#run(this.settle());
    });
    this.#waitForEpoch();
  }

  /** Knows the homes of the present epoch, as far as anybody can be asked. Never rejects. */
  async settle(): Promise<void> {
    const bootstrap = this.#bootstrap;
    if (bootstrap === null) return;
    const view = await this.#parts.views.viewOf(bootstrap.network, bootstrap);
    if (this.#bootstrap === bootstrap) this.#take(view);
  }

  /** One of the homes says that it is none. */
  async renew(): Promise<void> {
    const bootstrap = this.#bootstrap;
    if (bootstrap === null) return;
    const view = await this.#parts.views.renew(bootstrap.network, bootstrap);
    if (this.#bootstrap === bootstrap) this.#take(view);
  }

  isHome(node: Uint8Array): boolean {
    return this.#routes.some((route) => sameBytes(route.node, node));
  }

  /** This device is attached there. */
  noteUsed(node: Uint8Array): void {
    if (this.#lastUsed !== null && sameBytes(this.#lastUsed, node)) return;
    this.#lastUsed = node.slice();
    this.#write();
  }

  close(): void {
    this.#bootstrap = null;
    this.#cancel();
    this.#stopListening();
  }

  #take(view: View): void {
    const bootstrap = this.#bootstrap;
    if (bootstrap === null) return;
    const { views, platform, account } = this.#parts;
    const isAlone = view.hash.length === 0;
    // Nobody could be asked: what was known last is better than nothing.
    if (isAlone && this.#routes.length > 0 && !views.isAlone(bootstrap)) return;
    const { homes } = view.homes(isAlone ? 0 : partitionOf(platform.primitives, account));
    const routes = homes.flatMap((key) => {
      const member = view.member(key);
      return member === null ? [] : [this.#route(routeTo(bootstrap.network, member, bootstrap.urls))];
    });
    const [first] = routes;
    if (first === undefined) return;
    if (!isAlone && view.member(toHex(bootstrap.node)) === null) {
      this.#bootstrap = first;
      this.#parts.onBootstrapGone(first);
    }
    if (describe(routes) === describe(this.#routes)) return;
    this.#routes = routes;
    this.#write();
    this.#parts.onChange();
  }

  /** The address that somebody gave is tried first: the node need not know it. */
  #route({ node, urls }: { readonly node: Uint8Array; readonly urls: readonly string[] }): Route {
    const bootstrap = this.#bootstrap;
    if (bootstrap === null) throw new TypeError('The network is not known.');
    const { network } = bootstrap;
    if (!sameBytes(node, bootstrap.node)) return { network, node, urls, psk: null };
    return { ...bootstrap, urls: [...new Set([...bootstrap.urls, ...urls])].slice(0, MAX_URLS) };
  }

  #waitForEpoch(): void {
    const bootstrap = this.#bootstrap;
    if (bootstrap === null || bootstrap.psk !== null) return;
    const { views, timers, platform } = this.#parts;
    const [chance = 0] = platform.random(1);
    const untilMs = views.untilNextEpoch(bootstrap.network);
    const spreadMs = Math.round(SPREAD * (chance / 256) * views.epochMs(bootstrap.network));
    this.#cancel = timers.after(untilMs + spreadMs, () => {
      this.#waitForEpoch();
      this.#run(this.settle());
    });
  }

  /** A disk that takes nothing stops no link: it is learnt again at the next start. */
  #write(): void {
    const { database, onFault } = this.#parts;
    const bootstrap = this.#bootstrap;
    if (bootstrap === null || bootstrap.psk !== null) return;
    const homes = this.#routes.map(({ node, urls }) => ({ node, urls }));
    const record: HomesRecord = { network: bootstrap.network, homes, lastUsed: this.#lastUsed };
    try {
      database.transaction(() => database.setMeta(NAME, record));
    } catch (error) {
      onFault(error);
    }
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => this.#parts.onFault(error));
  }
}

const describe = (routes: readonly Route[]): string =>
  routes.map(({ node, urls }) => [toHex(node), ...urls].join(' ')).join('\n');
