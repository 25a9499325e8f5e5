/** Where somebody's mailbox is, and how to get there: homes by the view, through tunnels where there are (RING-71). */
import { partitionOf } from '@sotto/protocol/ring';
import type { Homes, NodeKey, RingMember, View } from '@sotto/protocol/ring';
import { sameBytes } from '@sotto/protocol/crypto';
import type { NodeRequests, NodeRoute } from '../connection/index.ts';
import type { Clock, Primitives, Random } from '../ports.ts';
import { toHex } from '../store/hex.ts';
import { callableUrls } from './callable-urls.ts';
import { chooseEntries } from './entry-choice.ts';
import { routeTo } from './ring-views.ts';
import { TunnelledHome } from './tunnelled-home.ts';
import type { TunnelledLinks } from './tunnelled-links.ts';

/** A node that may be asked about somebody's mailbox. */
export interface RecipientNode {
  readonly key: NodeKey;
  /** 32 B. */
  readonly node: Uint8Array;
  readonly requests: NodeRequests;
}

/** How an account is reached now. */
export interface Reach {
  readonly view: View;
  readonly placed: Homes;
  /** At least one; in the order in which they are to be asked: the best rank first, one that was late last. */
  readonly homes: readonly RecipientNode[];
  /** They pass on to the homes, when no home can be reached. */
  readonly standIns: readonly RecipientNode[];
}

export interface RecipientNodesParts {
  readonly platform: { readonly primitives: Primitives; readonly random: Random; readonly clock: Clock };
  readonly views: {
    known(network: Uint8Array, bootstrap: NodeRoute): View | null;
    viewOf(network: Uint8Array, bootstrap: NodeRoute): Promise<View>;
    renew(network: Uint8Array, bootstrap: NodeRoute): Promise<View>;
  };
  readonly links: { to(route: NodeRoute, recipient: string): NodeRequests };
  readonly tunnels: Pick<TunnelledLinks, 'to'>;
  /** The own account, and where it is reached; null: nowhere yet. */
  readonly own: () => { readonly account: Uint8Array; readonly route: NodeRoute | null };
}

/** A node that let somebody wait is not the first to be asked for so long. */
const LATE_MS = 60_000;
/** People of whom it is remembered through which nodes they are reached. */
const MOST_REMEMBERED = 512;
/** Entries to somebody's homes: the second three are needed only when one of the first cannot be reached. */
const MOST_ENTRIES = 6;

interface Remembered {
  /** What both depend on: the members of the view, the same array as long as they are the same. */
  readonly members: readonly RingMember[];
  readonly bootstrap: NodeRoute;
  readonly nodes: { readonly homes: readonly RecipientNode[]; readonly standIns: readonly RecipientNode[] };
  readonly entries: readonly NodeKey[];
}

export class RecipientNodes {
  readonly #parts: RecipientNodesParts;
  readonly #remembered = new Map<string, Remembered>();
  readonly #lateUntil = new Map<NodeKey, number>();

  constructor(parts: RecipientNodesParts) {
    this.#parts = parts;
  }

  /** At once where the view is known. @param route where they say they are reached */
  of(route: NodeRoute, account: Uint8Array): Reach | Promise<Reach> {
    const { views } = this.#parts;
    const view = views.known(route.network, route);
    if (view !== null) return this.#reach(view, route, account);
    return views.viewOf(route.network, route).then((found) => this.#reach(found, route, account));
  }

  /** A node says that it is not the home that it was taken for. */
  outdated(route: NodeRoute): void {
    void this.#parts.views.renew(route.network, route);
  }

  /** It did not answer while others could have been asked. */
  late(node: NodeKey): void {
    this.#lateUntil.set(node, this.#parts.platform.clock.now() + LATE_MS);
  }

  heard(node: NodeKey): void {
    this.#lateUntil.delete(node);
  }

  #reach(view: View, route: NodeRoute, account: Uint8Array): Reach {
    const placed = view.homes(partitionOf(this.#parts.platform.primitives, account));
    const { homes, standIns } = this.#nodes(view, placed, route, account);
    return { view, placed, homes: this.#punctualFirst(homes), standIns };
  }

  #nodes(view: View, placed: Homes, route: NodeRoute, account: Uint8Array): Remembered['nodes'] {
    const recipient = toHex(account);
    const before = this.#remembered.get(recipient);
    if (before?.members === view.members && before.bootstrap === route) return before.nodes;
    const entries = this.#entries(view, placed, route, before?.entries ?? []);
    const nodeAt = (key: NodeKey, index: number): RecipientNode[] => {
      const member = view.member(key);
      return member === null ? [] : [this.#node(member, index, entries, route, recipient)];
    };
    const nodes = {
      homes: placed.homes.flatMap(nodeAt),
      standIns: placed.standIns.flatMap((key, index) => nodeAt(key, placed.homes.length + index)),
    };
    this.#remembered.delete(recipient);
    this.#remembered.set(recipient, {
      members: view.members,
      bootstrap: route,
      nodes,
      entries: entries.map(({ key }) => key),
    });
    this.#forgetOldest();
    return nodes;
  }

  #node(
    member: RingMember,
    index: number,
    entries: readonly RingMember[],
    route: NodeRoute,
    recipient: string,
  ): RecipientNode {
    const { links, tunnels, platform } = this.#parts;
    const { network } = route;
    const bootstrap = this.#bootstrapOf(route);
    const isGiven = sameBytes(member.node, route.node);
    const direct = links.to(isGiven ? route : routeTo(network, member, bootstrap), recipient);
    const through = entries.filter(({ key }) => key !== member.key);
    const requests =
      through.length === 0
        ? direct
        : new TunnelledHome({
            clock: platform.clock,
            direct,
            // Two homes are asked through two entries: when one is dead, the other way is open.
            tunnels: rotated(through, index).map((entry) => tunnels.to(network, entry, member, recipient)),
          });
    return { key: member.key, node: member.node, requests };
  }

  /** In the own network by the own home: a contact cannot say into which networks of ours its nodes may lead. */
  #bootstrapOf({ network, urls }: NodeRoute): readonly string[] {
    const own = this.#parts.own().route;
    return own !== null && sameBytes(own.network, network) ? own.urls : urls;
  }

  /** None: a private room, or a ring in which everybody is home. */
  #entries(view: View, placed: Homes, route: NodeRoute, before: readonly NodeKey[]): RingMember[] {
    if (route.psk !== null) return [];
    const { platform } = this.#parts;
    const own = this.#ownHomes(view, route.network);
    const bootstrap = this.#bootstrapOf(route);
    return chooseEntries(view, placed, own, platform.random, before)
      .map((entry) => ({ ...entry, urls: callableUrls(bootstrap, entry.urls) }))
      .filter(({ urls }) => urls.length > 0)
      .slice(0, MOST_ENTRIES);
  }

  /** Homes of the own account, when it is in the same network. */
  #ownHomes(view: View, network: Uint8Array): ReadonlySet<NodeKey> {
    const { account, route } = this.#parts.own();
    if (route === null || !sameBytes(route.network, network)) return new Set();
    return new Set(view.homes(partitionOf(this.#parts.platform.primitives, account)).homes);
  }

  #punctualFirst(homes: readonly RecipientNode[]): readonly RecipientNode[] {
    if (this.#lateUntil.size === 0) return homes;
    const nowMs = this.#parts.platform.clock.now();
    const isLate = ({ key }: RecipientNode): boolean => (this.#lateUntil.get(key) ?? 0) > nowMs;
    return [...homes.filter((home) => !isLate(home)), ...homes.filter(isLate)];
  }

  #forgetOldest(): void {
    if (this.#remembered.size <= MOST_REMEMBERED) return;
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }
}

const rotated = <Item>(items: readonly Item[], by: number): Item[] =>
  items.map((_, index) => items[(index + by) % items.length] as Item);
