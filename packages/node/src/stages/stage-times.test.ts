import { describe, expect, test } from 'vitest';
import { NodeMetrics } from '../node-metrics.ts';
import { metricsText } from '../server/prometheus.ts';
import { MemoryStore } from '../store/memory/memory-store.ts';
import type { StoreItem, StoreOutcome } from '../store/relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store/store-limits.ts';
import { acknowledgeFrame, START_MS, TestNode } from '../testing/test-node.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { WakeHub } from '../testing/wake-hub.ts';
import { BOUNDS_SECONDS } from './coarse-times.ts';
import { STAGES, StageTimes } from './stage-times.ts';

const STORE_MS = 10;
const ACKNOWLEDGE_MS = 200;
/** The first place that may be. */
const SOON = (length: number): Uint8Array => new Uint8Array(length);

/** Takes its time. */
class PatientStore extends MemoryStore {
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    super(DEFAULT_STORE_LIMITS);
    this.#clock = clock;
  }

  override store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return new Promise((resolve) => this.#clock.after(STORE_MS, () => resolve(super.store(items))));
  }
}

interface Traced {
  readonly clock: VirtualClock;
  readonly node: TestNode;
  /** What each look at the clock and each draw is counted in. */
  readonly paid: { looks: number; draws: number };
  readonly counts: ReadonlyMap<string, number>;
  readonly text: () => Promise<string>;
}

function traced(every: number, options: { live?: boolean; random?: (length: number) => Uint8Array } = {}): Traced {
  const clock = new VirtualClock(START_MS);
  const metrics = new NodeMetrics();
  const paid = { looks: 0, draws: 0 };
  const stages = new StageTimes({
    every,
    random: (length) => ((paid.draws += 1), (options.random ?? SOON)(length)),
    nowMs: () => ((paid.looks += 1), clock.now()),
    metrics,
  });
  const store = options.live === true ? null : new PatientStore(clock);
  const node = new TestNode({ clock, store, stages });
  return { clock, node, paid, counts: metrics.stages, text: async () => (await metricsText(metrics)).text };
}

/** One of several people gets one message and acknowledges it after a while. @param to who */
async function oneMessage({ node, clock }: Traced, to: number, from: number): Promise<void> {
  const residents = [await node.resident(), await node.resident(), await node.resident()];
  const senders = [await node.connect(null), await node.connect(null), await node.connect(null)];
  const { person, client } = residents[to]!;
  const answer = node.send(senders[from]!, person.envelope(START_MS, 7));
  await clock.advance(STORE_MS);
  expect((await answer)?.case).toBe('stored');
  await clock.advance(ACKNOWLEDGE_MS);
  client.post(
    { case: 'acknowledge', value: acknowledgeFrame(client.all('deliver').map((it) => person.idOf(it))) },
    false,
  );
  await clock.settle();
}

const stageLines = (text: string): string[] =>
  text.split('\n').filter((line) => line.startsWith('sotto_stage_seconds'));

describe('stage timings', () => {
  test('OPS-61: each stage of a traced message is counted once, in the bucket of its time', async () => {
    const world = traced(1);
    await oneMessage(world, 0, 0);
    // 10 ms are at most 0.016 s, the fourth bound; 200 ms at most 0.256 s; everything else takes no time here.
    const expected = { 'check 0': 1, 'gather 0': 1, 'store 3': 1, 'push 0': 1, 'receipt 0': 1, 'acknowledge 5': 1 };
    expect(Object.fromEntries(world.counts)).toEqual(expected);
    const text = await world.text();
    expect(text).toContain('sotto_stage_seconds_bucket{le="0.004",stage="store"} 0');
    expect(text).toContain('sotto_stage_seconds_bucket{le="0.016",stage="store"} 1');
    expect(text).toContain('sotto_stage_seconds_bucket{le="+Inf",stage="store"} 1');
    expect(text).toContain('sotto_stage_seconds_sum{stage="store"} 0.016');
    expect(text).toContain('sotto_stage_seconds_count{stage="wake"} 0');
  });

  test('OPS-61: whoever is not attached ends the trace; one that is refused makes room for the next', async () => {
    const world = traced(1);
    const { node, clock, counts } = world;
    const away = await node.resident(false);
    const sender = await node.connect(null);
    const refused = { ...away.person.envelope(START_MS, 1), capability: new Uint8Array(16).fill(9) };
    expect((await node.send(sender, refused))?.case).toBe('refusal');
    const answer = node.send(sender, away.person.envelope(START_MS, 2));
    await clock.advance(STORE_MS);
    await answer;
    expect([...counts.keys()]).toEqual(['check 0', 'gather 0', 'store 3', 'receipt 0']);
    const next = node.send(sender, away.person.envelope(START_MS, 3));
    await clock.advance(STORE_MS);
    await next;
    expect(counts.get('store 3')).toBe(2);
  });

  test('OPS-61: on a live node the check alone is seen', async () => {
    const world = traced(1, { live: true });
    const { person } = await world.node.resident();
    const sender = await world.node.connect(null);
    world.node.send(sender, person.envelope(START_MS, 1)).catch(() => {});
    await world.clock.settle();
    expect([...world.counts.keys()]).toEqual(['check 0']);
  });

  test('OPS-61: what another edge told is timed until it was pushed', async () => {
    const clock = new VirtualClock(START_MS);
    const hub = new WakeHub(clock);
    const store = new MemoryStore(DEFAULT_STORE_LIMITS);
    const metrics = new NodeMetrics();
    const stages = new StageTimes({ every: 1, random: SOON, nowMs: () => clock.now(), metrics });
    const first = new TestNode({ clock, store, wake: hub.edge(), seed: 1 });
    const second = new TestNode({ clock, store, wake: hub.edge(), seed: 2, identity: first.identity, stages });
    const { person, client } = await second.resident();
    const sender = await first.connect(null);
    expect((await first.send(sender, person.envelope(START_MS, 1)))?.case).toBe('stored');
    await clock.settle();
    expect(client.all('deliver').length).toBe(1);
    expect(Object.fromEntries(metrics.stages)).toEqual({ 'wake 0': 1 });
  });

  test('OPS-61: who is not traced pays no look at the clock and no draw; 0 traces nobody', async () => {
    const world = traced(1000, { random: (length) => new Uint8Array(length).fill(128) });
    const { node, clock, paid, counts } = world;
    expect(paid).toEqual({ looks: 0, draws: 2 });
    const { person } = await node.resident();
    const sender = await node.connect(null);
    const all = Array.from({ length: 40 }, (_, number) => node.send(sender, person.envelope(START_MS, number)));
    await clock.advance(20 * STORE_MS);
    await Promise.all(all);
    expect(node.metrics.stored).toBe(40);
    expect(paid).toEqual({ looks: 0, draws: 2 });
    expect(counts.size).toBe(0);
    const never = traced(0);
    await oneMessage(never, 0, 0);
    expect(never.counts.size).toBe(0);
    expect(never.paid).toEqual({ looks: 0, draws: 0 });
  });

  test('TM-103: who writes to whom changes nothing in them; times are rounded up, and names are those of stages', async () => {
    const texts: string[][] = [];
    for (const [to, from] of [
      [0, 0],
      [2, 1],
      [1, 2],
    ] as const) {
      const world = traced(1);
      await oneMessage(world, to, from);
      texts.push(stageLines(await world.text()));
    }
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[2]).toEqual(texts[0]);
    const labels = new Set(
      texts[0]!.flatMap((line) => [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => `${name} ${value}`)),
    );
    const allowed = [
      ...STAGES.map((stage) => `stage ${stage}`),
      ...BOUNDS_SECONDS.map((bound) => `le ${bound}`),
      'le +Inf',
    ];
    expect([...labels].toSorted()).toEqual(allowed.toSorted());
    const sums = texts[0]!.filter((line) => line.includes('_sum')).map((line) => Number(line.split(' ')[1]));
    for (const sum of sums) expect([0, ...BOUNDS_SECONDS]).toContain(sum);
    // Four times as long each: nobody is told by them.
    const steps = BOUNDS_SECONDS.slice(1).map((bound, at) => bound / BOUNDS_SECONDS[at]!);
    for (const step of steps) expect(step).toBeGreaterThan(3.9);
  });

  test('TM-103: which message it is, nobody outside can choose: the next one is anywhere in twice the mean', () => {
    const places = [0, 64, 128, 255].map((byte) => {
      const stages = new StageTimes({
        every: 1024,
        random: (n) => new Uint8Array(n).fill(byte),
        nowMs: () => 0,
        metrics: new NodeMetrics(),
      });
      return stages.countdown;
    });
    expect(places[0]).toBe(1);
    expect(places.at(-1)).toBe(2047);
    expect(new Set(places).size).toBe(places.length);
  });
});
