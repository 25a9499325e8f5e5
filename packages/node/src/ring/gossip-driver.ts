import type { Random } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { type DescriptorSet, type GossipEvent, gossipState, type NodeKey, stepGossip } from '@sotto/protocol/ring';
import type { Gossip } from '@sotto/protocol/wire';
import { TokenBucket } from '../links/token-bucket.ts';
import type { PeerLink } from './peer-link.ts';

export interface GossipDriverParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly self: NodeKey;
  readonly descriptors: DescriptorSet;
  /** @returns false when no link is open: one is opened, and the message is wanted again when it is */
  readonly send: (to: NodeKey, gossip: Gossip) => boolean;
  /** The set holds something else than before. */
  readonly onChange: () => void;
  readonly onExpelled: (key: NodeKey) => void;
}

/** Messages kept for a node that is being called. */
const MAX_KEPT = 4;
/** Nodes for which messages are kept; the rest find out by comparing. */
const MAX_CALLED = 64;
/** Comparing takes two or three messages, about once a minute; an answer may be all that is known. */
const ASKS_BURST = 16;
const ASKS_PER_SECOND = 0.5;

/** Runs the gossip machine of protocol/ring on the node's clock and links (RING-16). */
export class GossipDriver {
  readonly #parts: GossipDriverParts;
  readonly #state: ReturnType<typeof gossipState>;
  readonly #kept = new Map<NodeKey, Gossip[]>();
  readonly #asks = new WeakMap<PeerLink, TokenBucket>();
  #wake: { readonly atMs: number; readonly cancel: () => void } | null = null;
  #stopped = false;

  constructor(parts: GossipDriverParts) {
    this.#parts = parts;
    this.#state = gossipState(parts.self, parts.descriptors);
  }

  /** From another node. One that wants to compare again and again is not answered each time. */
  hear(from: PeerLink, gossip: Gossip): void {
    const asks = gossip.digest.length > 0 || gossip.bucketsLow !== 0 || gossip.bucketsHigh !== 0;
    if (!asks || this.#mayAsk(from)) this.run({ type: 'peer', from: from.key, gossip });
  }

  run(event: GossipEvent): void {
    if (this.#stopped) return;
    const { clock, send } = this.#parts;
    if (event.type === 'peerDown') this.#kept.delete(event.from);
    if (event.type === 'peerUp') {
      const kept = this.#kept.get(event.from) ?? [];
      this.#kept.delete(event.from);
      for (const gossip of kept) send(event.from, gossip);
    }
    const { effects } = stepGossip(this.#state, event, clock.now(), this.#number);
    let changed = false;
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          if (!send(effect.to, effect.gossip)) this.#keep(effect.to, effect.gossip);
          break;
        case 'wake':
          this.#wakeAt(effect.atMs);
          break;
        case 'expelled':
          this.#parts.onExpelled(effect.key);
          break;
        default:
          changed = true;
      }
    }
    if (changed) this.#parts.onChange();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.cancel();
  }

  #mayAsk(from: PeerLink): boolean {
    const nowMs = this.#parts.clock.now();
    let bucket = this.#asks.get(from);
    if (bucket === undefined) this.#asks.set(from, (bucket = new TokenBucket(ASKS_BURST, nowMs)));
    return bucket.take(ASKS_BURST, ASKS_PER_SECOND, nowMs);
  }

  #keep(to: NodeKey, gossip: Gossip): void {
    const kept = [...(this.#kept.get(to) ?? []), gossip].slice(-MAX_KEPT);
    this.#kept.delete(to);
    this.#kept.set(to, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_CALLED && oldest !== undefined) this.#kept.delete(oldest);
  }

  #wakeAt(atMs: number): void {
    if (this.#wake !== null && this.#wake.atMs <= atMs) return;
    const { clock } = this.#parts;
    this.#wake?.cancel();
    const cancel = clock.after(atMs - clock.now(), () => {
      this.#wake = null;
      this.run({ type: 'tick' });
    });
    this.#wake = { atMs, cancel };
  }

  readonly #number = (below: number): number => {
    const [a = 0, b = 0, c = 0, d = 0] = this.#parts.random(4);
    return Math.floor((((a * 256 + b) * 256 + c) * 256 + d) / (2 ** 32 / below));
  };
}
