/**
 * The views of networks, own and contacts' (RING-60 to RING-63): which nodes there are, and so which are whose homes. A
 * view is a pure function of signed descriptors, so it does not matter who hands them out, only that nobody keeps some
 * of them back: a second node, of another operator, is asked as well.
 */
import type { RingMember, View } from '@sotto/protocol/ring';
import { sameBytes } from '@sotto/protocol/crypto';
import { ConnectionError } from '../connection/index.ts';
import type { DescriptorCache, NodeRequests, NodeRoute } from '../connection/index.ts';
import type { Platform } from '../ports.ts';
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';
import type { Timers } from '../timers.ts';
import { callableUrls } from './callable-urls.ts';
import { fetchView } from './fetch-view.ts';
import type { AskNode, FetchedView } from './fetch-view.ts';
import { KnownRing, nodesIn } from './known-ring.ts';
import { RingRows } from './ring-rows.ts';
import { soleView } from './sole-view.ts';

/** Leases are renewed every 8 h of 24: what is fetched so often never holds one that ran out. */
const FETCH_ALL_MS = 6 * 3_600_000;
/** A node that knew no ring is asked again. */
const PLAIN_MS = 600_000;
/** After an attempt in vain. */
const RETRY_MS = 10_000;
/** Nodes asked in one attempt. */
const MAX_ASKED = 4;
/** A node whose answer was rubbish is not asked again before. */
const AVOID_MS = 3_600_000;
/** For whom the question is, among anonymous links. */
const LABEL = 'view';

export interface RingViewsParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly database: Database;
  readonly links: { to(route: NodeRoute, recipient: string): NodeRequests };
  readonly descriptors: DescriptorCache;
  /** The link to a home of this device, when there is one and it is of that network: asking there tells nobody more. */
  readonly ownLink: (network: Uint8Array) => { readonly node: Uint8Array; readonly ask: AskNode } | null;
}

const NOTHING = { news: 0, isRubbish: false };

interface Entry {
  readonly ring: KnownRing;
  /** Until when its nodes need not be asked: ms since 1970. */
  quietUntilMs: number;
  /** The node told that it knows no ring. */
  isPlain: boolean;
  /** Nodes of it were known once: one that denies it is not believed. */
  wasRing: boolean;
  /** How many when they were known last. */
  nodes: number;
  refreshing: Promise<void> | null;
  checked: boolean;
  /** The view looked at last, and what was in it. */
  seen: { readonly view: View; readonly members: string } | null;
}

/** Whom to ask. */
interface Source {
  readonly node: Uint8Array;
  readonly ask: AskNode;
}

export class RingViews {
  readonly #parts: RingViewsParts;
  readonly #rows: RingRows;
  readonly #entries = new Map<string, Entry>();
  /** Asked for with every message. */
  readonly #soles = new WeakMap<NodeRoute, View>();
  readonly #listeners = new Set<(network: Uint8Array) => void>();
  /** Nodes in hex, and when their answer was rubbish. */
  readonly #rubbishAtMs = new Map<string, number>();

  constructor(parts: RingViewsParts) {
    this.#parts = parts;
    this.#rows = new RingRows(parts.database);
  }

  /**
   * The view of the present epoch, at once when one is known; it is renewed behind the caller's back. Never rejects:
   * where nobody can be asked, or the node knows no ring, the bootstrap node counts as alone.
   */
  async viewOf(network: Uint8Array, bootstrap: NodeRoute): Promise<View> {
    const known = this.known(network, bootstrap);
    if (known !== null) return known;
    await this.#refresh(this.#entry(network), bootstrap, false);
    return this.#current(network) ?? this.#forWantOfBetter(bootstrap);
  }

  /** As viewOf(), as far as it can be told without waiting; null: somebody has to be asked first. */
  known(network: Uint8Array, bootstrap: NodeRoute): View | null {
    // Private rooms have one node.
    if (bootstrap.psk !== null) return this.#sole(bootstrap);
    const entry = this.#entry(network);
    const view = this.#current(network);
    const nowMs = this.#parts.timers.now();
    if (nowMs < entry.quietUntilMs) return view ?? (entry.isPlain ? this.#sole(bootstrap) : null);
    if (view === null) return null;
    if (entry.ring.askedEpoch !== entry.ring.epoch(nowMs)) void this.#refresh(entry, bootstrap, false);
    return view;
  }

  /** Of another epoch than the present one, by what is known now; null: nothing is. */
  at(network: Uint8Array, epoch: number): View | null {
    return this.#entry(network).ring.at(epoch);
  }

  /** Asks a node now: somebody was not the home that he was taken for. */
  async renew(network: Uint8Array, bootstrap: NodeRoute): Promise<View> {
    if (bootstrap.psk === null) await this.#refresh(this.#entry(network), bootstrap, true);
    return this.#current(network) ?? this.#forWantOfBetter(bootstrap);
  }

  /** Whether the node is known to be alone: it knows no ring, and nobody ever said otherwise. */
  isAlone(bootstrap: NodeRoute): boolean {
    return bootstrap.psk !== null || this.#entry(bootstrap.network).isPlain;
  }

  /** How long the epochs of a network are, ms. */
  epochMs(network: Uint8Array): number {
    return this.#entry(network).ring.epochMs;
  }

  /** How long until the next epoch of a network, ms. */
  untilNextEpoch(network: Uint8Array): number {
    const epochMs = this.epochMs(network);
    return epochMs - (this.#parts.timers.now() % epochMs);
  }

  /** Told after a view became another, in whatever turn that is noticed. @returns how to stop it */
  onChange(listener: (network: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #current(network: Uint8Array): View | null {
    const entry = this.#entry(network);
    const view = entry.ring.view(this.#parts.timers.now());
    if (view === null || view === entry.seen?.view) return view;
    const before = entry.seen;
    entry.seen = { view, members: describe(view) };
    if (before !== null && before.members !== entry.seen.members) this.#tell(entry.ring.network);
    return view;
  }

  #tell(network: Uint8Array): void {
    // In a turn of its own: whoever asked is in the middle of something.
    this.#parts.timers.after(0, () => {
      for (const listener of this.#listeners) listener(network);
    });
  }

  /**
   * The node alone, of whom nobody tells a view just now. Where several nodes were known once, its own word does not make
   * a message stored: else whoever keeps a client from the view would be its only home.
   */
  #forWantOfBetter(bootstrap: NodeRoute): View {
    const sole = this.#sole(bootstrap);
    if (bootstrap.psk !== null || this.#entry(bootstrap.network).nodes <= 1) return sole;
    const doubtful = { ...sole.homes(0), w: 2 };
    return { ...sole, homes: () => doubtful };
  }

  #sole(bootstrap: NodeRoute): View {
    const known = this.#soles.get(bootstrap);
    if (known !== undefined) return known;
    const { platform, descriptors } = this.#parts;
    const view = soleView(platform.primitives, bootstrap, descriptors.load(bootstrap.node));
    this.#soles.set(bootstrap, view);
    return view;
  }

  #entry(network: Uint8Array): Entry {
    const name = toHex(network);
    const found = this.#entries.get(name);
    if (found !== undefined) return found;
    const ring = new KnownRing(this.#parts.platform.primitives, network.slice());
    const kept = this.#rows.load(network);
    if (kept !== null) {
      ring.restore(kept.descriptors, this.#parts.timers.now());
      ring.fetchedAtMs = kept.fetchedAt;
    }
    const wasRing = kept !== null && kept.descriptors.length > 0;
    const entry: Entry = {
      ring,
      quietUntilMs: 0,
      isPlain: false,
      wasRing,
      nodes: nodesIn(kept?.descriptors ?? []),
      refreshing: null,
      checked: false,
      seen: null,
    };
    this.#entries.set(name, entry);
    return entry;
  }

  #refresh(entry: Entry, bootstrap: NodeRoute, isUrgent: boolean): Promise<void> {
    const nowMs = this.#parts.timers.now();
    if (!isUrgent && nowMs < entry.quietUntilMs) return Promise.resolve();
    entry.refreshing ??= this.#ask(entry, bootstrap, isUrgent).finally(() => {
      entry.refreshing = null;
    });
    return entry.refreshing;
  }

  /** Never rejects. */
  async #ask(entry: Entry, bootstrap: NodeRoute, isUrgent: boolean): Promise<void> {
    const { timers } = this.#parts;
    const { ring } = entry;
    const asked = new Set<string>();
    for (;;) {
      // Looked up each time: an answer that did not help may have named others.
      const source = this.#sources(entry, bootstrap).find(({ node }) => !asked.has(toHex(node)));
      if (source === undefined || asked.size >= MAX_ASKED) break;
      asked.add(toHex(source.node));
      const nowMs = timers.now();
      const isDue = isUrgent || nowMs - ring.fetchedAtMs >= FETCH_ALL_MS;
      const known = isDue ? null : (ring.view(nowMs)?.hash ?? null);
      const found = await this.#fetch(source, known);
      if (found === undefined) continue;
      if (found === null && entry.wasRing) continue;
      if (found !== null && !this.#learn(entry, found, known === null, source)) continue;
      entry.isPlain = !entry.wasRing;
      if (found === null || entry.isPlain) {
        entry.quietUntilMs = timers.now() + PLAIN_MS;
        return;
      }
      entry.quietUntilMs = 0;
      if (!entry.checked || found.descriptors !== null) void this.#check(entry, bootstrap, source.node);
      return;
    }
    entry.quietUntilMs = timers.now() + RETRY_MS;
  }

  /** @returns false when the answer was rubbish: somebody else has to be asked */
  #learn(entry: Entry, { descriptors }: FetchedView, isAll: boolean, source: Source): boolean {
    const { ring } = entry;
    const nowMs = this.#parts.timers.now();
    const { news, isRubbish } = descriptors === null ? NOTHING : ring.add(descriptors, nowMs);
    if (isRubbish) this.#rubbishAtMs.set(toHex(source.node), nowMs);
    else ring.askedEpoch = ring.epoch(nowMs);
    if (isAll && !isRubbish) ring.fetchedAtMs = nowMs;
    const view = ring.view(nowMs);
    entry.wasRing ||= view !== null;
    entry.nodes = view?.members.length ?? entry.nodes;
    if (isAll || news > 0) {
      this.#rows.save(ring.network, { descriptors: ring.encoded(nowMs), fetchedAt: ring.fetchedAtMs });
    }
    this.#current(ring.network);
    return !isRubbish;
  }

  /** A node of another operator: what it knows and the first kept back is added (RING-62). */
  async #check(entry: Entry, bootstrap: NodeRoute, asked: Uint8Array): Promise<void> {
    entry.checked = true;
    const view = entry.ring.view(this.#parts.timers.now());
    const first = view?.members.find(({ node }) => sameBytes(node, asked));
    const others = view?.members.filter(({ operator }) => first !== undefined && !sameBytes(operator, first.operator));
    const honest = others?.filter(({ node }) => !this.#isAvoided(node));
    for (const member of this.#shuffled(honest ?? []).slice(0, 2)) {
      const source = this.#sourceOf(entry.ring.network, member, bootstrap);
      const found = await this.#fetch(source, view?.hash ?? null);
      if (found && this.#learn(entry, found, false, source)) return;
    }
  }

  /** undefined: not reached; null: it knows no ring. */
  async #fetch(source: Source, known: Uint8Array | null): Promise<FetchedView | null | undefined> {
    const { timers } = this.#parts;
    const pause = (ms: number): Promise<void> => new Promise((resolve) => void timers.after(ms, resolve));
    try {
      return await fetchView(source.ask, known, pause);
    } catch (error) {
      if (error instanceof ConnectionError) return undefined;
      throw error;
    }
  }

  /** The own link first, then the node by which one came, then others by chance. */
  #sources(entry: Entry, bootstrap: NodeRoute): Source[] {
    const { network } = entry.ring;
    const own = this.#parts.ownLink(network);
    const members = this.#shuffled(entry.ring.view(this.#parts.timers.now())?.members ?? []);
    const sources = [
      ...(own === null ? [] : [own]),
      this.#sourceAt(bootstrap),
      ...members.map((member) => this.#sourceOf(network, member, bootstrap)),
    ];
    return sources
      .filter(({ node }, index) => sources.findIndex((other) => sameBytes(other.node, node)) === index)
      .filter(({ node }) => !this.#isAvoided(node));
  }

  #isAvoided(node: Uint8Array): boolean {
    const sinceMs = this.#parts.timers.now() - (this.#rubbishAtMs.get(toHex(node)) ?? -Infinity);
    // By a clock that was wrong everything is rubbish; when it is set right, time may go back.
    return sinceMs >= 0 && sinceMs < AVOID_MS;
  }

  #sourceOf(network: Uint8Array, member: RingMember, bootstrap: NodeRoute): Source {
    return this.#sourceAt(
      sameBytes(member.node, bootstrap.node) ? bootstrap : routeTo(network, member, bootstrap.urls),
    );
  }

  #sourceAt(route: NodeRoute): Source {
    return { node: route.node, ask: (body, options) => this.#parts.links.to(route, LABEL).request(body, options) };
  }

  #shuffled(members: readonly RingMember[]): RingMember[] {
    const { random } = this.#parts.platform;
    const keyed = members.map((member) => ({ member, by: new DataView(random(4).slice().buffer).getUint32(0) }));
    return keyed.sort((a, b) => a.by - b.by).map(({ member }) => member);
  }
}

/** How a node of a network is reached. @param bootstrap by which addresses one came into it */
export function routeTo(network: Uint8Array, { node, urls }: RingMember, bootstrap: readonly string[]): NodeRoute {
  return { network, node, urls: callableUrls(bootstrap, urls), psk: null };
}

/** The same while the same nodes are to be found at the same addresses; its hash is another in each epoch. */
const describe = ({ members }: View): string =>
  members.map(({ key, weight, urls, linkKey }) => [key, weight, toHex(linkKey), ...urls].join(' ')).join('\n');
