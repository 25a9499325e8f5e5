import { hexOf, type NodeKey } from '@sotto/protocol/ring';
import type { AccessCache } from '../../relay/access-cache.ts';
import { describeError } from '../../log.ts';
import type { Limits } from '../../limits.ts';
import type { NodeMetrics } from '../../node-metrics.ts';
import type { RelayStore, StoreItem } from '../../store/relay-store.ts';
import { CustodyQuota } from './custody-quota.ts';
import { Handoff, type HandoffParts } from './handoff.ts';
import { ShownTokens } from './shown-tokens.ts';
import { UnwantedMail } from './unwanted-mail.ts';

export interface CustodyParts extends Omit<HandoffParts, 'tokens' | 'unwanted' | 'onDiscarded'> {
  readonly limits: Limits;
  readonly metrics: NodeMetrics;
  readonly access: AccessCache;
  readonly store: Pick<RelayStore, 'inventory' | 'read' | 'discard' | 'partitions' | 'access'>;
}

/** What this node holds. */
export interface Held {
  readonly partitions: number;
  readonly envelopes: number;
  /** Of those: for which it is no home, and which it hands over. */
  readonly foreignPartitions: number;
  readonly foreignEnvelopes: number;
}

/** Partitions handed over at one time; besides, so many may wait for a home that is away. */
const ACTIVE = 4;
const RESTING = 256;
const LOOK_MS = 5 * 60_000;
/** From something being kept for others to the first try: its homes may be back in a moment. */
const SOON_MS = 5000;

/** Keeps what belongs to other homes until all of them have it (RING-22). */
export class Custody {
  readonly quota: CustodyQuota;
  readonly tokens = new ShownTokens();
  readonly #parts: CustodyParts;
  readonly #handoffParts: HandoffParts;
  readonly #active = new Map<number, Handoff>();
  #waiting: number[] = [];
  #cancelLook: (() => void) | null = null;
  #lookAtMs = Infinity;
  #looking = false;
  #stopped = false;

  constructor(parts: CustodyParts) {
    const { ring, metrics } = parts;
    this.#parts = parts;
    this.quota = new CustodyQuota(parts);
    this.#handoffParts = {
      ...parts,
      tokens: this.tokens,
      unwanted: new UnwantedMail(parts),
      onDiscarded: (partition, envelopes) => {
        metrics.handedOver += envelopes.length;
        this.quota.left(
          partition,
          envelopes.reduce((sum, { bytes }) => sum + bytes, 0),
        );
      },
    };
    ring.onView(() => {
      for (const handoff of this.#active.values()) handoff.viewChanged();
      this.lookWithin(SOON_MS);
    });
    ring.onPeer((peer) => {
      if (peer.boot === null) return;
      for (const handoff of this.#active.values()) handoff.peerUp(peer.key, hexOf(peer.boot));
    });
    this.lookWithin(SOON_MS);
  }

  /** That was kept for another node. */
  kept({ id, mailbox, tokenHash }: Pick<StoreItem, 'id' | 'mailbox' | 'tokenHash'>): void {
    if (this.#parts.homes.of(mailbox).isHome) return;
    this.tokens.kept(id, tokenHash);
    this.lookWithin(SOON_MS);
  }

  /** Looks for what is to be handed over, soon enough. */
  lookWithin(ms: number): void {
    const { clock } = this.#parts;
    const atMs = clock.now() + ms;
    if (this.#stopped || atMs >= this.#lookAtMs) return;
    this.#lookAtMs = atMs;
    this.#cancelLook?.();
    this.#cancelLook = clock.after(ms, () => {
      this.#lookAtMs = Infinity;
      void this.#look();
    });
  }

  /** Counted when asked. @throws RelayStoreError */
  async held(): Promise<Held> {
    const { store, homes } = this.#parts;
    const all = await store.partitions();
    const foreign = homes.alone ? [] : all.filter(({ partition }) => !homes.at(partition).isHome);
    const sum = (counts: typeof all): number => counts.reduce((total, { envelopes }) => total + envelopes, 0);
    return {
      partitions: all.length,
      envelopes: sum(all),
      foreignPartitions: foreign.length,
      foreignEnvelopes: sum(foreign),
    };
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelLook?.();
    for (const handoff of this.#active.values()) handoff.stop();
  }

  async #look(): Promise<void> {
    const { store, homes, log } = this.#parts;
    this.lookWithin(LOOK_MS);
    if (homes.alone || this.#looking) return;
    this.#looking = true;
    try {
      const all = await store.partitions();
      const foreign = all.map(({ partition }) => partition).filter((partition) => !homes.at(partition).isHome);
      this.quota.holdsOnly(new Set(foreign));
      this.#waiting = foreign.filter((partition) => !this.#active.has(partition));
      this.#begin();
    } catch (error) {
      if (!this.#stopped) log.error('hand-off-failed', describeError(error));
    } finally {
      this.#looking = false;
    }
  }

  #begin(): void {
    while (!this.#stopped && this.#hasRoom()) {
      const partition = this.#waiting.pop();
      if (partition === undefined) return;
      if (this.#active.has(partition) || this.#parts.homes.at(partition).isHome) continue;
      const onDone = (): void => {
        this.#active.delete(partition);
        this.#begin();
      };
      const handoff = new Handoff(this.#handoffParts, partition, onDone, () => this.#begin());
      this.#active.set(partition, handoff);
      handoff.start(this.#boots());
    }
  }

  /** One home that is away must not keep the partitions of others waiting. */
  #hasRoom(): boolean {
    const resting = [...this.#active.values()].filter((handoff) => handoff.resting).length;
    return this.#active.size - resting < ACTIVE && resting < RESTING;
  }

  #boots(): Map<NodeKey, string> {
    return new Map(
      this.#parts.ring.links.up().flatMap(({ key, boot }) => (boot === null ? [] : [[key, hexOf(boot)] as const])),
    );
  }
}
