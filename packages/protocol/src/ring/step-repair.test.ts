import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerReconcile,
  fingerprintOf,
  hexOf,
  REPAIR_MS,
  REPAIR_TIMEOUT_MS,
  repairBacklog,
  repairState,
  sortIds,
  stepRepair,
  type DigestOfPartition,
  type RepairEffect,
  type RepairEvent,
} from './index.ts';
import { fastPrimitives, seededNumbers, testIds } from './ring.fixture.ts';

const PAGE = 8192;

/** Two homes with a link that keeps order: what the runtimes of two nodes do, without a clock or a wire. */
class Home {
  readonly state: ReturnType<typeof repairState>;
  readonly store = new Map<number, Map<string, Uint8Array>>();
  readonly effects: RepairEffect['type'][] = [];
  peer: Home | null = null;
  nowMs = 0;
  wakeMs = 0;
  /** Whether the peer's answers arrive. */
  isDeaf = false;
  /** Copies in one answer. */
  room = 5;
  shared: readonly number[];

  constructor(initiates: boolean, shared: readonly number[]) {
    this.state = repairState(initiates);
    this.shared = shared;
  }

  put(partition: number, ids: readonly Uint8Array[]): void {
    const held = this.store.get(partition) ?? new Map<string, Uint8Array>();
    for (const id of ids) held.set(hexOf(id), id);
    this.store.set(partition, held);
  }

  ids(partition: number): Uint8Array[] {
    return sortIds(this.store.get(partition)?.values() ?? []);
  }

  step(event: RepairEvent): void {
    for (const effect of stepRepair(this.state, event, this.nowMs, fastPrimitives).effects) this.#apply(effect);
  }

  digests(from: number, to: number): DigestOfPartition[] {
    return this.shared
      .filter((partition) => partition >= from && partition <= to && this.ids(partition).length > 0)
      .map((partition) => {
        const ids = this.ids(partition);
        return { partition, count: ids.length, fingerprint: fingerprintOf(fastPrimitives, ids) };
      });
  }

  #apply(effect: RepairEffect): void {
    this.effects.push(effect.type);
    const peer = this.peer as Home;
    if (effect.type === 'wake') this.wakeMs = effect.atMs;
    else if (effect.type === 'readIds')
      this.step({ type: 'ids', partition: effect.partition, ids: this.ids(effect.partition) });
    else if (effect.type === 'readDigests') {
      const [from, to] = [effect.from, effect.from + PAGE - 1];
      const shared = this.shared.filter((partition) => partition >= from && partition <= to);
      this.step({ type: 'digests', from, to, digests: this.digests(from, to), shared });
    } else if (effect.type !== 'swept' && !this.isDeaf) this.#ask(effect, peer);
  }

  #ask(effect: Exclude<RepairEffect, { type: 'wake' | 'readIds' | 'readDigests' | 'swept' }>, peer: Home): void {
    if (effect.type === 'sendPartitions') {
      this.step({ type: 'partitions', from: effect.from, digests: peer.digests(effect.from, effect.to) });
    } else if (effect.type === 'sendReconcile') {
      const { partition, ranges } = effect;
      const { reply, need } = answerReconcile(fastPrimitives, peer.ids(partition), ranges);
      peer.step({ type: 'need', partition, ids: need });
      this.step({ type: 'reconcile', partition, ranges: reply ?? [] });
    } else {
      const { partition } = effect;
      const there = effect.ids.filter((id) => peer.store.get(partition)?.has(hexOf(id)));
      const copies = there.slice(0, this.room);
      this.put(partition, copies);
      this.step({ type: 'fetched', partition, ids: copies, rest: there.length > copies.length });
    }
  }
}

function pair(shared: readonly number[]): [Home, Home] {
  const [a, b] = [new Home(true, shared), new Home(false, shared)];
  [a.peer, b.peer] = [b, a];
  return [a, b];
}

const connect = (...homes: readonly Home[]): void => {
  for (const home of [...homes].reverse()) home.step({ type: 'peerUp' });
};

describe('repair', () => {
  it('RING-17: two homes that meet end up with the same envelopes in all partitions they share', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.tuple(fc.nat({ max: 16_383 }), fc.nat({ max: 40 }), fc.nat({ max: 40 })), { maxLength: 15 }),
        (seed, parts) => {
          const random = seededNumbers(seed);
          const [a, b] = pair([...new Set(parts.map(([partition]) => partition))]);
          for (const [partition, ours, theirs] of parts) {
            const both = testIds(30, random);
            a.put(partition, [...both, ...testIds(ours, random)]);
            b.put(partition, [...both, ...testIds(theirs, random)]);
          }
          connect(a, b);
          for (const partition of a.shared) expect(a.ids(partition)).toEqual(b.ids(partition));
          for (const home of [a, b]) expect(repairBacklog(home.state)).toEqual({ partitions: 0, envelopes: 0 });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('RING-17: what is the same costs one question; it is asked again after five minutes and at a new view', () => {
    const [a, b] = pair([1, 9000]);
    const ids = testIds(10, seededNumbers(1));
    for (const home of [a, b]) home.put(9000, ids);
    connect(a, b);
    expect(a.effects.filter((type) => type !== 'wake')).toEqual(['readDigests', 'sendPartitions', 'readDigests', 'sendPartitions', 'swept']); // prettier-ignore
    expect(b.effects).toEqual([]);
    expect(a.wakeMs).toBe(REPAIR_MS);
    b.put(1, ids);
    a.nowMs = REPAIR_MS;
    a.step({ type: 'tick' });
    expect(a.ids(1)).toHaveLength(10);
    b.put(1, testIds(1, seededNumbers(2)));
    a.step({ type: 'view' });
    expect(a.ids(1)).toHaveLength(11);
  });

  it('RING-17: partitions that are not shared are not asked about, nor taken in', () => {
    const [a, b] = pair([]);
    b.shared = [4];
    b.put(4, testIds(3, seededNumbers(3)));
    connect(a, b);
    expect(a.effects).not.toContain('sendPartitions');
    expect(a.ids(4)).toEqual([]);
  });

  it('RING-17: a peer that promises and does not deliver, or says nothing, holds up nothing for long', () => {
    const [a, b] = pair([4, 5]);
    b.put(4, testIds(100, seededNumbers(4)));
    a.room = 0;
    connect(a, b);
    expect(a.ids(4)).toEqual([]);
    expect(repairBacklog(a.state).envelopes).toBe(0);
    a.room = 64;
    a.isDeaf = true;
    a.nowMs = REPAIR_MS;
    a.step({ type: 'tick' });
    expect(a.wakeMs).toBe(REPAIR_MS + REPAIR_TIMEOUT_MS);
    a.isDeaf = false;
    a.nowMs = a.wakeMs;
    a.step({ type: 'tick' });
    a.nowMs = a.wakeMs;
    a.step({ type: 'tick' });
    expect(a.ids(4)).toHaveLength(100);
  });

  it('RING-17: what belongs to an earlier page or sweep is not taken for the one that is under way', () => {
    const state = repairState(true);
    const step = (event: RepairEvent): string[] =>
      stepRepair(state, event, 0, fastPrimitives).effects.map(({ type }) => type).filter((type) => type !== 'wake'); // prettier-ignore
    const digests = (from: number): RepairEvent => ({
      type: 'digests',
      from,
      to: from + 99,
      digests: [],
      shared: [from],
    });
    const partitions = (from: number): RepairEvent => ({ type: 'partitions', from, digests: [] });
    expect(step({ type: 'peerUp' })).toEqual(['readDigests']);
    expect(step(partitions(0))).toEqual([]);
    expect(step(digests(100))).toEqual([]);
    expect(step(digests(0))).toEqual(['sendPartitions']);
    expect(step(digests(0))).toEqual([]);
    expect(step(partitions(0))).toEqual(['readDigests']);
    expect(step(digests(100))).toEqual(['sendPartitions']);
    expect(step({ type: 'view' })).toEqual(['readDigests']);
    expect([step(partitions(100)), step(digests(100))]).toEqual([[], []]);
    expect(step(digests(0))).toEqual(['sendPartitions']);
  });

  it('RING-17: without a link nothing is asked, and nothing is left of what was', () => {
    const [a, b] = pair([4]);
    b.put(4, testIds(5, seededNumbers(5)));
    a.step({ type: 'tick' });
    a.step({ type: 'need', partition: 4, ids: b.ids(4) });
    expect(a.effects).toEqual([]);
    a.isDeaf = true;
    connect(a, b);
    a.step({ type: 'need', partition: 4, ids: b.ids(4) });
    expect(repairBacklog(a.state).envelopes).toBe(5);
    a.step({ type: 'peerDown' });
    expect(repairBacklog(a.state)).toEqual({ partitions: 0, envelopes: 0 });
  });

  it('RING-17: whoever names ids without end fills no memory, and what is lacking is fetched before more is compared', () => {
    const state = repairState(true);
    const step = (event: RepairEvent): readonly RepairEffect[] => stepRepair(state, event, 0, fastPrimitives).effects;
    step({ type: 'peerUp' });
    for (let message = 0; message < 100; message++) {
      const ids = Array.from({ length: 1000 }, (_, at) => {
        const id = new Uint8Array(32);
        new DataView(id.buffer).setUint32(0, message * 1000 + at);
        return id;
      });
      step({ type: 'need', partition: message % 10, ids });
    }
    expect(repairBacklog(state).envelopes).toBe(65_536);
    state.differing.add(77);
    expect(step({ type: 'tick' }).filter(({ type }) => type === 'readIds')).toEqual([]);
    for (let answer = 0; answer < 600; answer++) {
      for (const [partition] of state.fetching) step({ type: 'fetched', partition, ids: [], rest: false });
    }
    expect(state.differing.size).toBe(0);
  });
});
