import { describe, expect, it } from 'vitest';
import {
  create,
  encode,
  FrameSchema,
  GossipSchema,
  PeerSchema,
  RenewalSchema,
  type Gossip,
  type Renewal,
} from '../wire/index.ts';
import {
  DescriptorSet,
  epochAt,
  epochStart,
  EXCHANGE_MS,
  gossipState,
  leaseAt,
  RENEWAL_MS,
  stepGossip,
  type GossipEffect,
  type GossipEvent,
  type GossipState,
  type NodeKey,
  type RingDescriptor,
} from './index.ts';
import { renewalOf, renewed } from './renewal.ts';
import {
  EPOCH_MS,
  fastPrimitives,
  NOW_MS,
  seededNumbers,
  testNetwork,
  testNode,
  testNodes,
  type TestNode,
} from './ring.fixture.ts';

const SLOT_MS = 10;

/** Whole networks of gossiping nodes on a virtual clock: every message takes 20 to 120 ms. */
class GossipNetwork {
  readonly states = new Map<NodeKey, GossipState>();
  readonly views = new Map<NodeKey, string>();
  nowMs = NOW_MS;
  sentBytes = 0;
  rumourBytes = 0;
  expelled = 0;
  readonly #random: (below: number) => number;
  readonly #queue = new Map<number, (() => void)[]>();
  readonly #wakes = new Map<NodeKey, number>();
  /** Whether a message gets through. */
  link: (from: NodeKey, to: NodeKey) => boolean = () => true;

  constructor(seed: number) {
    this.#random = seededNumbers(seed);
  }

  add(key: NodeKey, set: DescriptorSet): GossipState {
    const state = gossipState(key, set);
    this.states.set(key, state);
    this.step(key, { type: 'start' });
    return state;
  }

  step(key: NodeKey, event: GossipEvent): void {
    const state = this.states.get(key);
    if (state === undefined) return;
    const { effects } = stepGossip(state, event, this.nowMs, this.#random);
    for (const effect of effects) this.#apply(key, effect);
  }

  /** Lets time pass. */
  run(ms: number): void {
    const end = this.nowMs + ms;
    for (; this.nowMs <= end; this.nowMs += SLOT_MS) {
      for (let due = this.#queue.get(this.nowMs); due !== undefined; due = this.#queue.get(this.nowMs)) {
        this.#queue.delete(this.nowMs);
        for (const action of due) action();
      }
    }
  }

  #at(atMs: number, action: () => void): void {
    const slot = Math.max(this.nowMs, Math.ceil(atMs / SLOT_MS) * SLOT_MS);
    this.#queue.set(slot, [...(this.#queue.get(slot) ?? []), action]);
  }

  #apply(key: NodeKey, effect: GossipEffect): void {
    if (effect.type === 'send') this.#send(key, effect.to, effect.gossip);
    if (effect.type === 'newView') this.views.set(key, Buffer.from(effect.view.hash).toString('hex'));
    if (effect.type === 'expelled') this.expelled++;
    if (effect.type !== 'wake') return;
    const { atMs } = effect;
    this.#wakes.set(key, atMs);
    this.#at(atMs, () => {
      if (this.#wakes.get(key) === atMs) this.step(key, { type: 'tick' });
    });
  }

  #send(from: NodeKey, to: NodeKey, gossip: Gossip): void {
    const peer = create(PeerSchema, { body: { case: 'gossip', value: gossip } });
    // The frame as it goes into a packet, and the tag of a packet of its own.
    const bytes = encode(FrameSchema, create(FrameSchema, { body: { case: 'peer', value: peer } })).length + 3 + 16;
    this.sentBytes += bytes;
    if (gossip.renewals.length > 0) this.rumourBytes += bytes;
    if (!this.link(from, to)) return;
    this.#at(this.nowMs + 20 + this.#random(100), () => this.step(to, { type: 'peer', from, gossip }));
  }
}

const net = testNetwork(fastPrimitives);
const SECONDS = EPOCH_MS / 1000;
/** Every node holds `set`, and has links to a few others. */
function fullNetwork(nodes: readonly TestNode[], set: DescriptorSet, seed: number): GossipNetwork {
  const network = new GossipNetwork(seed);
  const random = seededNumbers(seed);
  set.view(epochAt(NOW_MS, SECONDS));
  for (const { key } of nodes) {
    const state = network.add(key, set.copy());
    for (let i = 0; i < 12; i++) state.up.add((nodes[random(nodes.length)] as TestNode).key);
  }
  return network;
}

const setOf = (descriptors: readonly Uint8Array[]): DescriptorSet => {
  const set = new DescriptorSet({ primitives: fastPrimitives, network: net.network, epochSeconds: SECONDS });
  for (const descriptor of descriptors) set.add(descriptor, NOW_MS);
  return set;
};

const digests = (network: GossipNetwork): Set<string> =>
  new Set([...network.states.values()].map(({ set }) => Buffer.from(set.digest()).toString('hex')));

const renewal = (node: TestNode, nowMs: number): Uint8Array =>
  node.describe({ ...leaseAt(nowMs, SECONDS, false), sequence: nowMs });

describe('gossip', () => {
  it('RING-16: at 1,000 nodes it costs each at most 100 B/s, and what is held at most 1 MB', () => {
    const nodes = testNodes(net, 1000);
    const set = setOf(nodes.map((node) => node.describe()));
    const network = fullNetwork(nodes, set, 1);
    const [renewals, seconds] = [3, 60];
    for (const node of nodes.slice(0, renewals)) {
      network.step(node.key, { type: 'added', descriptor: renewal(node, network.nowMs) });
      network.run((seconds / renewals) * 1000);
    }
    // Each node is renewed once in 8 hours; comparing goes on always.
    const renewalsPerSecond = (1000 * 1000) / RENEWAL_MS;
    const rumours = (network.rumourBytes / nodes.length / renewals) * renewalsPerSecond;
    const comparing = (network.sentBytes - network.rumourBytes) / nodes.length / seconds;
    expect(rumours + comparing).toBeLessThan(100);
    expect(rumours).toBeGreaterThan(1);
    expect(set.all().reduce((sum, { encoded }) => sum + encoded.length, 0)).toBeLessThan(1_000_000);
    // A rumour alone reaches most of them.
    const heard = [...network.states.values()].filter(({ set: held }) => held.all().length === nodes.length + renewals);
    expect(heard.length).toBeGreaterThan(800);
  });

  it('RING-16: whoever missed a rumour finds out by comparing', () => {
    const nodes = testNodes(net, 40);
    const network = fullNetwork(nodes, setOf(nodes.map((node) => node.describe())), 2);
    const [away, ...others] = nodes as [TestNode, ...TestNode[]];
    network.link = (from, to) => from !== away.key && to !== away.key;
    for (const node of others.slice(0, 5)) {
      network.step(node.key, { type: 'added', descriptor: renewal(node, network.nowMs) });
      network.run(1000);
    }
    expect(network.states.get(away.key)?.set.all()).toHaveLength(40);
    network.link = () => true;
    network.run(6 * EXCHANGE_MS);
    expect(network.states.get(away.key)?.set.all()).toHaveLength(45);
    expect(digests(network).size).toBe(1);
  });

  it('RING-16: two halves that were apart come together, and a node that starts empty learns all', () => {
    const nodes = testNodes(net, 30);
    const halves = [nodes.slice(0, 15), nodes.slice(15)];
    const network = new GossipNetwork(3);
    for (const half of halves) {
      const set = setOf(half.map((node) => node.describe()));
      for (const { key } of half) network.add(key, set.copy());
    }
    network.run(3 * EXCHANGE_MS);
    expect(digests(network).size).toBe(2);
    const [a, b] = [nodes[0] as TestNode, nodes[20] as TestNode];
    for (const [key, from] of [[a.key, b.key], [b.key, a.key]] as const) network.step(key, { type: 'peerUp', from }); // prettier-ignore
    network.run(8 * EXCHANGE_MS);
    expect(digests(network).size).toBe(1);
    const late = testNode(net, 'late');
    network.add(late.key, setOf([late.describe()]));
    network.step(late.key, { type: 'peerUp', from: a.key });
    network.run(8 * EXCHANGE_MS);
    expect(digests(network).size).toBe(1);
    expect(new Set(network.views.values()).size).toBe(1);
    expect(network.states.get(a.key)?.set.all()).toHaveLength(31);
  });

  it('RING-9: a node that tells two halves different things is found out and expelled everywhere', () => {
    const nodes = testNodes(net, 20);
    const network = fullNetwork(nodes, setOf(nodes.map((node) => node.describe())), 4);
    const cheat = nodes[0] as TestNode;
    const lease = leaseAt(NOW_MS, SECONDS, false);
    for (const [i, { key }] of nodes.slice(1).entries()) {
      const descriptor = cheat.describe({ ...lease, sequence: 9, weight: 1 + (i % 2) });
      network.states.get(key)?.set.add(descriptor, NOW_MS);
      network.step(key, { type: 'start' });
    }
    network.run(6 * EXCHANGE_MS);
    for (const { key } of nodes.slice(1)) expect(network.states.get(key)?.set.isExpelled(cheat.key)).toBe(true);
    expect(network.expelled).toBeGreaterThanOrEqual(19);
  });

  it('RING-16: one question is answered with 1,000 descriptors at most', () => {
    const net = testNetwork(fastPrimitives);
    const set = new DescriptorSet({ primitives: fastPrimitives, network: net.network, epochSeconds: EPOCH_MS / 1000 });
    for (const node of testNodes(net, 1010)) set.add(node.describe(), NOW_MS);
    const state = gossipState('self', set);
    const gossip = create(GossipSchema, { bucketsLow: 2 ** 32 - 1, bucketsHigh: 2 ** 32 - 1 });
    const { effects } = stepGossip(state, { type: 'peer', from: 'other', gossip }, NOW_MS, () => 0);
    const told = effects.flatMap((effect) => (effect.type === 'send' ? effect.gossip.descriptors : []));
    expect(told).toHaveLength(1000);
  });

  it('RING-16: a renewal is told in a sixth of its bytes, and anything else in full', () => {
    const [node] = testNodes(net, 1) as [TestNode];
    const set = setOf([node.describe()]);
    set.add(renewal(node, NOW_MS), NOW_MS);
    const [before, after] = set.all() as [RingDescriptor, RingDescriptor];
    const short = renewalOf(before, after) as Renewal;
    expect(encode(RenewalSchema, short).length).toBeLessThan(after.encoded.length / 4);
    expect(renewed(before, short)).toEqual(after.encoded);
    expect(renewalOf(before, setOf([node.describe({ sequence: 5, weight: 2 })]).all()[0] as RingDescriptor)).toBeNull();
    // What was turned over on the way is no descriptor.
    const forged = renewed(before, create(RenewalSchema, { ...short, until: short.until + 1n })) as Uint8Array;
    expect(setOf([node.describe()]).add(forged, NOW_MS)).toBe('refused');
  });

  it('RING-7: a new epoch and a renewal alone: one view each epoch, one persist for what is new', () => {
    const [node, other] = testNodes(net, 2) as [TestNode, TestNode];
    const state = gossipState(node.key, setOf([node.describe(), other.describe()]));
    const none = (): number => 0;
    const kinds = (event: GossipEvent, nowMs: number): string[] =>
      stepGossip(state, event, nowMs, none).effects.map(({ type }) => type);
    expect(kinds({ type: 'start' }, NOW_MS)).toEqual(['wake', 'newView']);
    expect(kinds({ type: 'tick' }, NOW_MS)).toEqual(['wake', 'send']);
    const descriptor = renewal(node, NOW_MS);
    expect(kinds({ type: 'added', descriptor }, NOW_MS)).toEqual(['wake', 'persist']);
    expect(kinds({ type: 'added', descriptor }, NOW_MS)).toEqual([]);
    expect(kinds({ type: 'tick' }, epochStart(epochAt(NOW_MS, SECONDS) + 1, SECONDS))).toContain('newView');
  });
});
