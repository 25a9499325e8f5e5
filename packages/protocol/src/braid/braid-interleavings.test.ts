import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { noblePrimitives as P } from '../crypto/index.ts';
import { seededRandom } from '../identity/identity.fixture.ts';
import type { BraidPart } from './braid-part.ts';
import { receiveBraid } from './braid-receive.ts';
import { sendBraid } from './braid-send.ts';
import type { Braid, EpochSecret, Phase } from './braid-state.ts';
import { startBraids } from './two-braids.fixture.ts';

/*
 * Every order of sending, losing, delivering and delaying, over two epochs, so that each side has had both roles. To
 * stay small, states that differ only in which chunks they have are one (any do), and so are those that have a middling
 * number of them: `some` stands for two to all but one. One part in each direction may be under way while others
 * overtake it.
 */

interface World {
  readonly ends: readonly [Braid, Braid];
  /** Under way to the first and to the second end. */
  readonly delayed: readonly [BraidPart | null, BraidPart | null];
  /** By epoch, the secret each end has, hex. */
  readonly secrets: readonly [ReadonlyMap<number, string>, ReadonlyMap<number, string>];
}

type Side = 0 | 1;
const LAST_EPOCH = 3;
const random = seededRandom('interleavings');

function amount(count: number, all: number): string {
  if (count <= 1) return String(count);
  return count === all - 1 ? 'all but one' : 'some';
}

function describePhase(phase: Phase): string {
  switch (phase.kind) {
    case 'HeaderSent':
      return `${phase.kind} ${amount(phase.ct1.indices.length, 30)}`;
    case 'EkSentCt1Received':
      return `${phase.kind} ${amount(phase.ct2.indices.length, 5)}`;
    case 'NoHeaderReceived':
      return `${phase.kind} ${amount(phase.header.indices.length, 3)}`;
    case 'Ct1Sampled':
    case 'Ct1Acknowledged':
      return `${phase.kind} ${amount(phase.keyVector.indices.length, 36)}`;
    default:
      return phase.kind;
  }
}

const describePart = (part: BraidPart | null): string => (part === null ? '-' : `${part.epoch} ${part.type}`);

const nameOf = ({ ends, delayed }: World): string =>
  [...ends.map(({ epoch, phase }) => `${epoch} ${describePhase(phase)}`), ...delayed.map(describePart)].join(', ');

function changed(world: World, side: Side, braid: Braid, secret: EpochSecret | null): World {
  const ends = world.ends.with(side, braid) as unknown as World['ends'];
  if (secret === null) return { ...world, ends };
  const known = world.secrets[side];
  assert.ok(!known.has(secret.epoch));
  const more = new Map(known).set(secret.epoch, Buffer.from(secret.secret).toString('hex'));
  return { ...world, ends, secrets: world.secrets.with(side, more) as unknown as World['secrets'] };
}

function send(world: World, from: Side): { world: World; part: BraidPart } {
  const { braid, type, chunk, secret } = sendBraid(P, random, world.ends[from]);
  return { world: changed(world, from, braid, secret), part: { epoch: braid.epoch, index: 1, type, chunk } };
}

function deliver(world: World, to: Side, part: BraidPart): World {
  const { braid, secret } = receiveBraid(P, world.ends[to], part);
  const next = changed(world, to, braid, secret);
  // The key of a message of epoch e is of epoch e - 1: whoever receives it has that one.
  assert.ok(part.epoch === 1 || next.secrets[to].has(part.epoch - 1));
  return next;
}

const otherOf = (side: Side): Side => (side === 0 ? 1 : 0);

/** All that can happen next. */
function* steps(world: World): Generator<World> {
  for (const from of [0, 1] as const) {
    const to = otherOf(from);
    const sent = send(world, from);
    const arrived = deliver(sent.world, to, sent.part);
    yield sent.world; // lost
    yield arrived;
    if (world.delayed[to] === null) {
      yield { ...sent.world, delayed: sent.world.delayed.with(to, sent.part) as unknown as World['delayed'] };
    }
    // Many at once: until they no longer lead anywhere new but by completing something.
    let many = arrived;
    for (let count = 0; count < 40; count++) {
      const next = send(many, from);
      const after = deliver(next.world, to, next.part);
      if (after.ends[to].phase.kind !== many.ends[to].phase.kind) break;
      many = after;
    }
    yield many;
  }
  for (const to of [0, 1] as const) {
    const part = world.delayed[to];
    if (part === null) continue;
    const freed = { ...world, delayed: world.delayed.with(to, null) as unknown as World['delayed'] };
    yield deliver(freed, to, part);
    yield deliver(deliver(freed, to, part), to, part); // and again
  }
}

function assertSound({ ends, secrets }: World): void {
  for (const [epoch, secret] of secrets[0]) {
    const other = secrets[1].get(epoch);
    assert.ok(other === undefined || other === secret);
  }
  const [a, b] = ends;
  assert.ok(Math.abs(a.epoch - b.epoch) <= 1);
  for (const side of [0, 1] as const) {
    // Complete up to the epoch before the one that is negotiated: with those it sends.
    for (let epoch = 1; epoch < ends[side].epoch; epoch++) assert.ok(secrets[side].has(epoch));
    // What one sends with, the other has.
    assert.ok(ends[side].epoch === 1 || secrets[otherOf(side)].has(ends[side].epoch - 1));
  }
}

describe('every interleaving', () => {
  it('PQR-3, PQR-7, PQR-8: loss, delay and repetition in any order: secrets agree, and nobody sends with one that the other lacks', () => {
    const seen = new Map<string, World>();
    const start: World = { ends: startBraids(), delayed: [null, null], secrets: [new Map(), new Map()] };
    seen.set(nameOf(start), start);
    const open = [start];
    for (let world = open.pop(); world !== undefined; world = open.pop()) {
      for (const next of steps(world)) {
        const name = nameOf(next);
        if (seen.has(name) || Math.min(...next.ends.map(({ epoch }) => epoch)) >= LAST_EPOCH) continue;
        assertSound(next);
        seen.set(name, next);
        open.push(next);
      }
    }
    expect(seen.size).toBeGreaterThan(500);

    // From wherever that led, what is then said in turn brings both to the next epoch, or to where that is known of.
    const live = new Set<string>();
    for (const world of seen.values()) {
      const passed: string[] = [];
      const epoch = Math.max(...world.ends.map(({ epoch }) => epoch)) + 1;
      let now: World = { ...world, delayed: [null, null] };
      for (let turn = 0; Math.min(...now.ends.map(({ epoch }) => epoch)) < epoch; turn++) {
        assert.ok(turn < 300);
        const from = (turn % 2) as Side;
        const sent = send(now, from);
        now = deliver(sent.world, otherOf(from), sent.part);
        const name = `${from} ${nameOf(now)}`;
        if (live.has(name)) break;
        passed.push(name);
      }
      assertSound(now);
      for (const name of passed) live.add(name);
    }
  });
});
