import { beforeEach, describe, expect, it, vi } from 'vitest';
import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { LEASE_MS, signAdmission } from '@sotto/protocol/ring';
import { networkIdOf, signDescriptor } from '@sotto/protocol/identity';
import {
  create,
  decodeNodeDescriptor,
  decodeNodeDescriptorBody,
  encode,
  NodeDescriptorBodySchema,
  NodeDescriptorSchema,
  RefusalCode,
  ViewSchema,
} from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import { ConnectionError } from '../connection/index.ts';
import type { NodeRoute } from '../connection/index.ts';
import { VirtualClock } from '../connection/testing/virtual-clock.ts';
import { NodeStore } from '../platform/node/node-store.ts';
import type { Platform } from '../ports.ts';
import { Database } from '../store/database.ts';
import { concat } from '@sotto/protocol/crypto';
import { toHex } from '../store/hex.ts';
import { Timers } from '../timers.ts';
import { RingViews, routeTo } from './ring-views.ts';

const EPOCH_SECONDS = 600;
let calls = 0;
const random = (length: number): Uint8Array =>
  primitives.sha256(Uint8Array.of(calls >> 8, calls++ & 255)).slice(0, length);

/** A node's keys, and its operator's. */
class Member {
  readonly seed = random(32);
  readonly operatorSeed: Uint8Array;
  readonly node = primitives.ed25519.publicKey(this.seed);
  readonly key = toHex(this.node);
  readonly linkKey = random(32);

  constructor(operatorSeed: Uint8Array = random(32)) {
    this.operatorSeed = operatorSeed;
  }

  get operator(): Uint8Array {
    return primitives.ed25519.publicKey(this.operatorSeed);
  }
}

/** Nodes of one network, each telling what it likes. */
class Ring {
  readonly clock = new VirtualClock();
  readonly founder = new Member();
  readonly network = networkIdOf(primitives, [this.founder.operator]);
  readonly members: Member[] = [this.founder];
  /** Who was asked, with the hash that the asker named. */
  readonly asked: { key: string; known: string }[] = [];
  readonly down = new Set<string>();
  /** What a node tells instead of everything. */
  readonly tells = new Map<string, readonly Uint8Array[] | 'unsupported'>();
  descriptors: Uint8Array[] = [];
  sequence = 1;

  add(operatorSeed?: Uint8Array): Member {
    const member = new Member(operatorSeed);
    this.members.push(member);
    return member;
  }

  /** @param from ms since 1970; default: the beginning of this epoch */
  sign(member: Member, from = this.epochStart()): Uint8Array {
    const { network } = this;
    const { node, operator, linkKey } = member;
    const admission = signAdmission(primitives, this.founder.operatorSeed, {
      network,
      node,
      operator,
      nonce: primitives.sha256(node),
    });
    return signDescriptor(primitives, member.seed, {
      linkKey,
      network,
      urls: [`ws://${member.key.slice(0, 8)}.example`],
      weight: 1,
      capabilities: ['store'],
      operator,
      from,
      until: from + LEASE_MS,
      sequence: this.sequence++,
      admission,
      founders: [this.founder.operator],
      epochSeconds: EPOCH_SECONDS,
    });
  }

  signAll(): void {
    this.descriptors = this.members.map((member) => this.sign(member));
  }

  epochStart(ahead = 0): number {
    return (Math.floor(this.clock.now() / (EPOCH_SECONDS * 1000)) + ahead) * EPOCH_SECONDS * 1000;
  }

  routeTo({ node, key }: Member): NodeRoute {
    return { network: this.network, node, urls: [`ws://${key.slice(0, 8)}.example`], psk: null };
  }

  readonly answer = (node: Uint8Array, body: FrameBody): Promise<FrameBody> => {
    const key = toHex(node);
    if (body.case !== 'fetchView') throw new Error('another question');
    const { known, after } = body.value;
    this.asked.push({ key, known: toHex(known) });
    if (this.down.has(key)) return Promise.reject(new ConnectionError('unreachable', 'down'));
    const told = this.tells.get(key) ?? this.descriptors;
    if (told === 'unsupported') {
      return Promise.reject(new ConnectionError('refused', 'no', { refusal: RefusalCode.UNSUPPORTED }));
    }
    const hash = this.hashOf(told);
    const isKnown = known.length > 0 && toHex(known) === toHex(hash);
    const value = create(ViewSchema, {
      hash,
      epoch: 1n,
      descriptors: isKnown
        ? []
        : told.slice(after, after + (told.length > 100 ? 4000 : 2)).map((encoded) => decodeNodeDescriptor(encoded)),
      total: isKnown ? 0 : told.length,
    });
    return Promise.resolve({ case: 'view', value });
  };

  /** Here whatever tells two sets apart. */
  hashOf(told: readonly Uint8Array[]): Uint8Array {
    return primitives.sha256(concat(...told.slice(0, 100).map((one) => one.slice(-64)))).slice(0, 8);
  }
}

let ring = new Ring();
let store = NodeStore.inMemory();
const databaseKey = random(32);

function open(): RingViews {
  const platform = { store, primitives, random, databaseKey, clock: ring.clock } as unknown as Platform;
  const database = new Database(platform);
  const timers = new Timers(ring.clock, (error) => {
    throw error;
  });
  return new RingViews({
    platform,
    timers,
    database,
    links: { to: ({ node }) => ({ request: (body) => ring.answer(node, body), post: () => false }) },
    descriptors: { load: () => null, save: () => undefined },
    ownLink: () => null,
  });
}

describe('views of networks', () => {
  beforeEach(() => {
    ring = new Ring();
    store = NodeStore.inMemory();
    for (let i = 0; i < 4; i++) ring.add();
    ring.signAll();
  });

  const keys = (members: readonly { key: string }[]): string[] => members.map(({ key }) => key).toSorted();

  it('RING-60: is put together from pages, and kept for the next start', async () => {
    const bootstrap = ring.routeTo(ring.founder);
    const view = await open().viewOf(ring.network, bootstrap);
    expect(keys(view.members)).toEqual(keys(ring.members));
    expect(ring.asked.filter(({ key }) => key === ring.founder.key)).toHaveLength(3);
    await ring.clock.settle();
    ring.asked.length = 0;
    const again = open();
    expect(again.known(ring.network, bootstrap)?.hash).toEqual(view.hash);
    // And renewed behind the caller's back, naming what is known.
    await ring.clock.settle();
    expect(ring.asked[0]?.known).toBe(toHex(view.hash));
  });

  it('RING-60: the epochs roll by the clock, and each of them asks once', async () => {
    const views = open();
    const bootstrap = ring.routeTo(ring.founder);
    const joiner = ring.add();
    ring.descriptors.push(ring.sign(joiner, ring.epochStart(2)));
    const changes: string[] = [];
    views.onChange((network) => changes.push(toHex(network)));
    expect(keys((await views.viewOf(ring.network, bootstrap)).members)).toHaveLength(5);
    await ring.clock.settle();
    ring.asked.length = 0;
    await ring.clock.advance(EPOCH_SECONDS * 1000);
    for (let i = 0; i < 3; i++) await views.viewOf(ring.network, bootstrap);
    await ring.clock.settle();
    expect(ring.asked.filter(({ key }) => key === ring.founder.key).length).toBeLessThanOrEqual(3);
    expect(changes).toEqual([]);
    await ring.clock.advance(EPOCH_SECONDS * 1000);
    expect(keys((await views.viewOf(ring.network, bootstrap)).members)).toContain(joiner.key);
    await ring.clock.settle();
    expect(changes).toEqual([toHex(ring.network)]);
  });

  it('RING-60: leases are renewed before they run out here', async () => {
    const views = open();
    const bootstrap = ring.routeTo(ring.founder);
    await views.viewOf(ring.network, bootstrap);
    for (let hours = 0; hours < 48; hours++) {
      await ring.clock.advance(3_600_000);
      if (hours % 8 === 7) ring.signAll();
      await views.viewOf(ring.network, bootstrap);
      await ring.clock.settle();
      expect((await views.viewOf(ring.network, bootstrap)).members).toHaveLength(5);
    }
  });

  it('RING-61: a node that knows no ring is alone, and is not asked at every turn', async () => {
    for (const { key } of ring.members) ring.tells.set(key, 'unsupported');
    const views = open();
    const bootstrap = ring.routeTo(ring.founder);
    const view = await views.viewOf(ring.network, bootstrap);
    expect([keys(view.members), view.hash.length, view.homes(77)]).toEqual([
      [ring.founder.key],
      0,
      { homes: [ring.founder.key], standIns: [], r: 1, w: 1 },
    ]);
    expect(views.isAlone(bootstrap)).toBe(true);
    for (let i = 0; i < 5; i++) await views.viewOf(ring.network, bootstrap);
    expect(ring.asked).toHaveLength(1);
    // It is updated one day.
    ring.tells.clear();
    await ring.clock.advance(600_000);
    expect((await views.viewOf(ring.network, bootstrap)).members).toHaveLength(5);
    expect(views.isAlone(bootstrap)).toBe(false);
  });

  it('RING-61: a private room is alone without being asked, and so is a node out of reach, for now', async () => {
    const views = open();
    const bootstrap = ring.routeTo(ring.founder);
    expect((await views.viewOf(ring.network, { ...bootstrap, psk: random(32) })).members).toHaveLength(1);
    expect(ring.asked).toEqual([]);
    ring.down.add(ring.founder.key);
    expect((await views.viewOf(ring.network, bootstrap)).members).toHaveLength(1);
    expect(views.isAlone(bootstrap)).toBe(false);
    ring.down.clear();
    await ring.clock.advance(10_000);
    expect((await views.viewOf(ring.network, bootstrap)).members).toHaveLength(5);
  });

  it('RING-61: a node that denies a ring that was known is not believed', async () => {
    const views = open();
    const bootstrap = ring.routeTo(ring.founder);
    await views.viewOf(ring.network, bootstrap);
    await ring.clock.settle();
    ring.tells.set(ring.founder.key, 'unsupported');
    ring.asked.length = 0;
    expect((await views.renew(ring.network, bootstrap)).members).toHaveLength(5);
    expect(views.isAlone(bootstrap)).toBe(false);
    expect(ring.asked[0]?.key).toBe(ring.founder.key);
    expect(new Set(ring.asked.slice(0, 2).map(({ key }) => key)).size).toBe(2);
  });

  it('RING-61: a node that denies a ring whose leases are over is no home whose word alone counts', async () => {
    const bootstrap = ring.routeTo(ring.founder);
    await open().viewOf(ring.network, bootstrap);
    await ring.clock.advance(30 * 3_600_000);
    ring.tells.set(ring.founder.key, 'unsupported');
    const views = open();
    for (const view of [
      await views.viewOf(ring.network, bootstrap),
      await views.viewOf(ring.network, bootstrap),
      await views.renew(ring.network, bootstrap),
    ]) {
      expect([keys(view.members), view.hash.length]).toEqual([[ring.founder.key], 0]);
      expect(view.homes(1)).toEqual({ homes: [ring.founder.key], standIns: [], r: 1, w: 2 });
    }
    // A ring of one stays one.
    const alone = new Ring();
    alone.signAll();
    ring = alone;
    store = NodeStore.inMemory();
    await open().viewOf(alone.network, alone.routeTo(alone.founder));
    await alone.clock.advance(30 * 3_600_000);
    alone.down.add(alone.founder.key);
    expect((await open().viewOf(alone.network, alone.routeTo(alone.founder))).homes(1).w).toBe(1);
  });

  it('RING-62: what the first node keeps back is told by one of another operator', async () => {
    const bootstrap = ring.routeTo(ring.founder);
    // It shows itself and one more.
    ring.tells.set(ring.founder.key, ring.descriptors.slice(0, 2));
    const views = open();
    expect((await views.viewOf(ring.network, bootstrap)).members).toHaveLength(2);
    await ring.clock.settle();
    expect((await views.viewOf(ring.network, bootstrap)).members).toHaveLength(5);
  });

  it('RING-80: nodes are asked for the view at addresses of the kind by which one came', async () => {
    const [member] = ring.members.slice(1);
    const view = await open().viewOf(ring.network, ring.routeTo(ring.founder));
    const found = view.member(member!.key)!;
    const inner = { ...found, urls: [...found.urls, 'ws://127.0.0.1:1', 'ws://10.0.0.1', 'ws://169.254.169.254'] };
    const to = (bootstrap: string): readonly string[] => routeTo(ring.network, inner, [bootstrap]).urls;
    expect(to('wss://node.example')).toEqual(found.urls);
    expect(to('ws://192.168.0.1')).toEqual([...found.urls, 'ws://10.0.0.1']);
    expect(to('ws://localhost')).toEqual([...found.urls, 'ws://127.0.0.1:1', 'ws://10.0.0.1']);
  });

  it('RING-60: when the bootstrap node is gone for good any other one serves', async () => {
    const views = open();
    const bootstrap = ring.routeTo(ring.founder);
    await views.viewOf(ring.network, bootstrap);
    await ring.clock.settle();
    ring.down.add(ring.founder.key);
    const joiner = ring.add();
    ring.signAll();
    await ring.clock.advance(2 * EPOCH_SECONDS * 1000);
    await views.viewOf(ring.network, bootstrap);
    await ring.clock.settle();
    expect(keys((await views.viewOf(ring.network, bootstrap)).members)).toContain(joiner.key);
  });

  it('RING-60: who is asked first cannot settle how long epochs are by descriptors that do not hold', async () => {
    const forged = ring.descriptors.map((encoded) => {
      const descriptor = decodeNodeDescriptor(encoded);
      const body = { ...decodeNodeDescriptorBody(descriptor.body), epochSeconds: 999 };
      return encode(NodeDescriptorSchema, { ...descriptor, body: encode(NodeDescriptorBodySchema, body) });
    });
    ring.tells.set(ring.founder.key, forged);
    const views = open();
    const bootstrap = ring.routeTo(ring.founder);
    expect((await views.viewOf(ring.network, bootstrap)).members).toHaveLength(1);
    ring.tells.clear();
    expect((await views.renew(ring.network, bootstrap)).members).toHaveLength(5);
    store = NodeStore.inMemory();
    ring.tells.set(ring.founder.key, [...forged, ...forged, ...ring.descriptors]);
    expect((await open().viewOf(ring.network, bootstrap)).members).toHaveLength(5);
  });

  it('RING-60: after 64 descriptors that do not hold the rest is not looked at, and the node not asked for an hour', async () => {
    const rubbish = Array.from({ length: 2000 }, (_, i) => {
      const { body } = decodeNodeDescriptor(ring.descriptors[0]!);
      const changed = { ...decodeNodeDescriptorBody(body), node: random(32), sequence: BigInt(i) };
      const signature = new Uint8Array(64).fill(i & 255);
      return encode(
        NodeDescriptorSchema,
        create(NodeDescriptorSchema, { body: encode(NodeDescriptorBodySchema, changed), signature }),
      );
    });
    const bootstrap = ring.routeTo(ring.founder);
    // One that holds among them makes it no better; that node is asked next.
    ring.tells.set(ring.founder.key, [ring.descriptors[1]!, ...rubbish, ...ring.descriptors]);
    const views = open();
    const verify = vi.spyOn(primitives.ed25519, 'verify');
    expect((await views.viewOf(ring.network, bootstrap)).members).toHaveLength(5);
    expect([...new Set(ring.asked.map(({ key }) => key))].slice(0, 2)).toEqual([
      ring.founder.key,
      ring.members[1]!.key,
    ]);
    // Each costs its own signature, and those of its admission at most.
    expect(verify.mock.calls.length).toBeLessThan(200);
    verify.mockRestore();
    await ring.clock.settle();
    ring.asked.length = 0;
    for (let minutes = 0; minutes < 50; minutes += 10) {
      await ring.clock.advance(600_000);
      await views.renew(ring.network, bootstrap);
    }
    expect(ring.asked.map(({ key }) => key)).not.toContain(ring.founder.key);
    await ring.clock.advance(900_000);
    await views.renew(ring.network, bootstrap);
    await ring.clock.settle();
    expect(ring.asked.map(({ key }) => key)).toContain(ring.founder.key);
  });

  it('RING-60: of one node no more than four descriptors of an answer are looked at', async () => {
    const many = Array.from({ length: 300 }, () => ring.sign(ring.members[1]!));
    ring.tells.set(ring.founder.key, [...many, ...ring.descriptors]);
    const verify = vi.spyOn(primitives.ed25519, 'verify');
    await open().viewOf(ring.network, ring.routeTo(ring.founder));
    expect(verify.mock.calls.length).toBeLessThan(20);
    verify.mockRestore();
  });

  it('RING-60: a node is asked again at once when it was the own clock that was wrong', async () => {
    const bootstrap = ring.routeTo(ring.founder);
    for (let i = 0; i < 80; i++) ring.add();
    ring.signAll();
    await ring.clock.advance(40 * 3_600_000);
    const views = open();
    expect((await views.viewOf(ring.network, bootstrap)).members).toHaveLength(1);
    ring.clock.jump(-40 * 3_600_000);
    expect((await views.renew(ring.network, bootstrap)).members).toHaveLength(85);
  });

  it('RING-60: rubbish, strangers and endless lists are refused', async () => {
    const stranger = new Ring();
    stranger.signAll();
    const bootstrap = ring.routeTo(ring.founder);
    ring.tells.set(ring.founder.key, [...stranger.descriptors, ...ring.descriptors]);
    expect((await open().viewOf(ring.network, bootstrap)).members).toHaveLength(5);
    store = NodeStore.inMemory();
    const endless = Array.from({ length: 12_000 }, () => ring.descriptors[0]!);
    ring.tells.set(ring.founder.key, endless);
    expect((await open().viewOf(ring.network, bootstrap)).members).toHaveLength(1);
  });
});
