import type { Gossip } from '../wire/index.ts';
import type { CheatProof, DescriptorSet } from './descriptor-set.ts';
import { epochAt, epochStart } from './epoch.ts';
import { answerDigest, answerMarks, descriptorsIn, encoded, question, rumours } from './gossip-exchange.ts';
import { compareBytes, type NodeKey } from './node-key.ts';
import type { RingDescriptor } from './ring-descriptor.ts';
import type { Step } from './step.ts';
import type { View } from './view.ts';

/** How many hear a rumour from each that heard it. */
export const RUMOUR_PEERS = 3;
/** News is gathered for so long before it is passed on. */
export const RUMOUR_DELAY_MS = 200;
/** About how often one other node is compared with: give or take a quarter. */
export const EXCHANGE_MS = 60_000;

export type GossipEvent =
  /** Once, and whenever something was added to the set from elsewhere than by `added`. */
  | { readonly type: 'start' }
  | { readonly type: 'tick' }
  | { readonly type: 'peer'; readonly from: NodeKey; readonly gossip: Gossip }
  /** A descriptor that came otherwise: signed here, or from a node that joins. Encoded. */
  | { readonly type: 'added'; readonly descriptor: Uint8Array }
  | { readonly type: 'peerUp'; readonly from: NodeKey }
  | { readonly type: 'peerDown'; readonly from: NodeKey };

export type GossipEffect =
  /** To a node with a link, or one that is to be called. What cannot be sent is dropped. */
  | { readonly type: 'send'; readonly to: NodeKey; readonly gossip: Gossip }
  | { readonly type: 'wake'; readonly atMs: number }
  /** The set holds something else than before. */
  | { readonly type: 'persist' }
  /** The view of now is another than before: of a new epoch, or a node was expelled. */
  | { readonly type: 'newView'; readonly view: View }
  | { readonly type: 'expelled'; readonly key: NodeKey };

/** A whole number from 0 to `below` - 1. */
type Random = (below: number) => number;

/** Membership gossip of one node (RING-16). Owned by the machine; the set in it is the node's. */
export interface GossipState {
  readonly self: NodeKey;
  readonly set: DescriptorSet;
  readonly up: Set<NodeKey>;
  /** To be passed on, by mark, and from whom it came. */
  readonly fresh: Map<string, { readonly item: RingDescriptor | CheatProof; readonly from: NodeKey | null }>;
  flushMs: number | null;
  exchangeMs: number;
  /** When this node last began to compare. */
  exchangedMs: number;
  epoch: number;
  view: View | null;
  /** What was asked for last. */
  wakeMs: number;
}

/** @param set may hold what was kept from the last time */
export function gossipState(self: NodeKey, set: DescriptorSet): GossipState {
  return {
    self,
    set,
    up: new Set(),
    fresh: new Map(),
    flushMs: null,
    exchangeMs: 0,
    exchangedMs: -EXCHANGE_MS,
    epoch: -1,
    view: null,
    wakeMs: -1,
  };
}

/** @param random where chance comes from */
export function stepGossip(
  state: GossipState,
  event: GossipEvent,
  nowMs: number,
  random: Random,
): Step<GossipState, GossipEffect> {
  const effects: GossipEffect[] = [];
  switch (event.type) {
    case 'start':
      state.view = null;
      state.wakeMs = -1;
      break;
    case 'tick':
      if (state.flushMs !== null && nowMs >= state.flushMs) flush(state, nowMs, random, effects);
      if (nowMs >= state.exchangeMs)
        exchange(state, partners(state, nowMs, 1, null, random)[0], nowMs, random, effects);
      break;
    case 'added':
      learn(state, event.descriptor, null, nowMs, effects);
      break;
    case 'peer':
      hear(state, event.from, event.gossip, nowMs, effects);
      break;
    case 'peerUp':
      state.up.add(event.from);
      // A node that was away asks the first it meets.
      if (nowMs - state.exchangedMs >= EXCHANGE_MS / 2) exchange(state, event.from, nowMs, random, effects);
      break;
    case 'peerDown':
      state.up.delete(event.from);
  }
  roll(state, nowMs, effects);
  return { state, effects };
}

function hear(state: GossipState, from: NodeKey, gossip: Gossip, nowMs: number, effects: GossipEffect[]): void {
  const { set } = state;
  for (const { first, second } of gossip.proofs) {
    if (first === undefined || second === undefined) continue;
    const proof = set.addProof(encoded(first), encoded(second), nowMs);
    if (proof !== null) learned(state, proof, from, nowMs, effects);
  }
  for (const descriptor of descriptorsIn(set, gossip)) learn(state, descriptor, from, nowMs, effects);
  const answers = [
    ...(gossip.digest.length > 0 && gossip.reply ? answerDigest(set, gossip.digest) : []),
    ...(gossip.bucketsLow !== 0 || gossip.bucketsHigh !== 0 ? answerMarks(set, gossip) : []),
  ];
  for (const answer of answers) effects.push({ type: 'send', to: from, gossip: answer });
}

function learn(
  state: GossipState,
  descriptor: Uint8Array,
  from: NodeKey | null,
  nowMs: number,
  effects: GossipEffect[],
): void {
  const { item } = state.set.take(descriptor, nowMs);
  if (item !== null) learned(state, item, from, nowMs, effects);
}

function learned(
  state: GossipState,
  item: RingDescriptor | CheatProof,
  from: NodeKey | null,
  nowMs: number,
  effects: GossipEffect[],
): void {
  effects.push({ type: 'persist' });
  if ('first' in item) effects.push({ type: 'expelled', key: item.key });
  // What took effect already is known to most: whoever lacks it finds out by comparing.
  if ('from' in item && item.from <= nowMs && from !== null) return;
  state.fresh.set(item.mark, { item, from });
  state.flushMs ??= nowMs + RUMOUR_DELAY_MS;
}

/** Passes on what is new, to a few others than the one it came from. */
function flush(state: GossipState, nowMs: number, random: Random, effects: GossipEffect[]): void {
  const fresh = [...state.fresh.values()];
  state.fresh.clear();
  state.flushMs = null;
  const sources = new Set(fresh.map(({ from }) => from));
  const [source = null] = sources.size === 1 ? sources : [];
  const messages = rumours(
    state.set,
    fresh.map(({ item }) => item),
  );
  for (const to of partners(state, nowMs, RUMOUR_PEERS, source, random)) {
    for (const gossip of messages) effects.push({ type: 'send', to, gossip });
  }
}

function exchange(
  state: GossipState,
  to: NodeKey | undefined,
  nowMs: number,
  random: Random,
  effects: GossipEffect[],
): void {
  state.exchangeMs = nowMs + (EXCHANGE_MS * 3) / 4 + random(EXCHANGE_MS / 2);
  if (to === undefined) return;
  state.exchangedMs = nowMs;
  effects.push({ type: 'send', to, gossip: question(state.set) });
}

/** Other nodes at random: of those with a link when there are enough, else of all. */
function partners(state: GossipState, nowMs: number, count: number, except: NodeKey | null, random: Random): NodeKey[] {
  const isOther = (key: NodeKey): boolean => key !== state.self && key !== except && !state.set.isExpelled(key);
  let candidates = [...state.up].filter(isOther);
  if (candidates.length < count) {
    const { members } = state.set.view(epochAt(nowMs, state.set.epochSeconds));
    candidates = [...new Set([...candidates, ...members.map(({ key }) => key).filter(isOther)])];
  }
  const chosen: NodeKey[] = [];
  while (chosen.length < count && candidates.length > 0) {
    chosen.push(...candidates.splice(random(candidates.length), 1));
  }
  return chosen;
}

/** Tells of a new view, and says when to look again. */
function roll(state: GossipState, nowMs: number, effects: GossipEffect[]): void {
  const { set } = state;
  const epoch = epochAt(nowMs, set.epochSeconds);
  if (epoch !== state.epoch) {
    if (state.epoch >= 0 && set.expire(nowMs)) effects.push({ type: 'persist' });
    state.epoch = epoch;
  }
  const view = set.view(epoch);
  if (state.view === null || compareBytes(view.hash, state.view.hash) !== 0) {
    state.view = view;
    effects.push({ type: 'newView', view });
  }
  const atMs = Math.min(state.exchangeMs, epochStart(epoch + 1, set.epochSeconds), state.flushMs ?? Infinity);
  if (atMs === state.wakeMs && nowMs < atMs) return;
  state.wakeMs = atMs;
  effects.unshift({ type: 'wake', atMs });
}
