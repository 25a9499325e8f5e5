import { describe, expect, it } from 'vitest';
import { create, encode, FrameSchema, PeerSchema, type Gossip } from '../wire/index.ts';
import {
  DescriptorSet,
  gossipState,
  LEASE_MS,
  leaseAt,
  RENEWAL_MS,
  stepGossip,
  type GossipEffect,
  type GossipEvent,
  type GossipState,
  type NodeKey,
} from './index.ts';
import {
  EPOCH_MS,
  fastPrimitives,
  NOW_MS,
  seededNumbers,
  testNetwork,
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
  sentMessages = 0;
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
    this.sentMessages++;
    if (!this.link(from, to)) return;
    this.#at(this.nowMs + 20 + this.#random(100), () => this.step(to, { type: 'peer', from, gossip }));
  }
}

const net = testNetwork(fastPrimitives);
const emptySet = (): DescriptorSet =>
  new DescriptorSet({ primitives: fastPrimitives, network: net.network, epochSeconds: EPOCH_MS / 1000 });

describe('gossip', () => {
  it('RING-16: 1,000 nodes spread every renewal to all for at most 100 B/s each', () => {
    const nodes = testNodes(net, 1000);
    const network = new GossipNetwork(1);
    const all = nodes.map((node) => node.describe());
    const random = seededNumbers(7);
    const full = emptySet();
    for (const descriptor of all) full.add(descriptor, NOW_MS);
    for (const { key } of nodes) network.add(key, full.copy());
    for (const { key } of nodes) {
      for (let i = 0; i < 12; i++) network.states.get(key)?.up.add((nodes[random(1000)] as TestNode).key);
    }
    const renewals = 3;
    const seconds = 60;
    for (let i = 0; i < renewals; i++) {
      const node = nodes[random(1000)] as TestNode;
      const lease = leaseAt(network.nowMs, EPOCH_MS / 1000, false);
      network.step(node.key, { type: 'added', descriptor: node.describe({ ...lease, sequence: network.nowMs }) });
      network.run((seconds / renewals) * 1000);
    }
    // Each node is renewed once in 8 hours; rumours and comparing are counted apart.
    const perRenewal = network.rumourBytes / 1000 / renewals;
    const perSecond =
      (perRenewal * 1000 * 1000) / RENEWAL_MS + (network.sentBytes - network.rumourBytes) / 1000 / seconds;
    console.log('gossip', perRenewal, perSecond, network.sentMessages);
    expect(perSecond).toBeLessThan(100);
    const kept = [...network.states.values()][0]?.set.all().reduce((sum, { encoded }) => sum + encoded.length, 0);
    console.log('state', kept, LEASE_MS);
  });
});
