import { describe, expect, test } from 'vitest';
import { nodePrimitives } from '@sotto/primitives-node';
import { partitionOf } from '@sotto/protocol/ring';
import { RefusalCode } from '@sotto/protocol/wire';
import type { TestPerson } from '../../testing/test-person.ts';
import { EPOCH_MS, TWO_EPOCHS_MS } from '../../testing/test-ring.ts';
import { KeptRing } from './kept-ring.fixture.ts';

const HOUR_MS = 3_600_000;

describe('hand-off', () => {
  test('RING-22: a stand-in hands over when the home is back, and discards only with all receipts', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { standIns } = ring.homesOf(person);
    const [entry, , away] = ring.homeNodes(person);
    const standIn = ring.node(standIns[0]!);
    ring.network.cut(ring.urlOf(away!));
    const client = await entry!.connect(null);
    for (let number = 0; number < 20; number++) {
      client.post({ case: 'send', value: person.envelope(ring.clock.now(), number) });
      await ring.clock.advance(500);
    }
    expect(await ring.waitingAt(standIn, person)).toBe(20);
    await ring.clock.advance(30 * 60_000);
    // Two homes of three have them: that is not all.
    expect(await ring.waitingAt(standIn, person)).toBe(20);
    ring.network.mend(ring.urlOf(away!));
    await ring.clock.advance(10 * 60_000);
    expect(await ring.waitingAt(standIn, person)).toBe(0);
    expect(standIn.metrics.handedOver).toBe(20);
    for (const node of ring.homeNodes(person)) expect(await ring.waitingAt(node, person)).toBe(20);
  });

  test('RING-22, RING-27: a node that joins gets what it is a home of, and the account with it', async () => {
    const ring = await KeptRing.of(3);
    const people = [];
    for (let count = 0; count < 12; count++) people.push(await ring.person());
    const client = await ring.founder.connect(null);
    for (const person of people) {
      for (let number = 0; number < 3; number++) {
        const expires = ring.clock.now() / 1000 + 86_400;
        const frame = person.envelope(ring.clock.now(), number, { expires });
        expect(await ring.send(client, ring.founder, person, frame)).toHaveLength(3);
      }
    }
    const before = new Map(people.map((person) => [person, ring.homeNodes(person)]));
    const joined = ring.add();
    ring.acquaint();
    await ring.clock.advance(TWO_EPOCHS_MS + EPOCH_MS);
    const moved = people.filter((person) => ring.homeNodes(person).includes(joined));
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.length).toBeLessThan(people.length);
    await ring.clock.advance(HOUR_MS / 3);
    for (const person of people) {
      const homes = ring.homeNodes(person);
      for (const node of homes) expect(await ring.waitingAt(node, person)).toBe(3);
      const left = before.get(person)!.filter((node) => !homes.includes(node));
      for (const node of left) expect(await ring.waitingAt(node, person)).toBe(0);
    }
    // The new home knows whom to let in: contacts by their capability.
    const entry = await joined.connect(null);
    const [person] = moved;
    const receipts = await ring.send(entry, joined, person!, person!.envelope(ring.clock.now(), 9));
    expect(receipts).toContain(joined.core.ring.self);
    const held = await joined.core.keep!.custody.held();
    expect(held).toMatchObject({ foreignPartitions: 0, foreignEnvelopes: 0 });
  }, 60_000);

  test('RING-22: a home that refuses does not make the envelopes go', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { standIns } = ring.homesOf(person);
    const [entry, , full] = ring.homeNodes(person);
    const standIn = ring.node(standIns[0]!);
    let refusing = true;
    const { ring: peers, keep } = full!.core;
    peers.serve('keep', (from, asked, reply) => {
      if (refusing) reply.refuse(RefusalCode.DISK_FULL, 1000);
      else keep!.desk.answer(from, asked, reply);
    });
    const client = await entry!.connect(null);
    client.post({ case: 'send', value: person.envelope(ring.clock.now(), 1) });
    await ring.clock.advance(60_000);
    expect(await ring.waitingAt(standIn, person)).toBe(1);
    refusing = false;
    await ring.clock.advance(10 * 60_000);
    expect(await ring.waitingAt(standIn, person)).toBe(0);
    expect(await ring.waitingAt(full!, person)).toBe(1);
  });
});

describe('hand-off of many partitions', () => {
  test('RING-22: those that wait for a home that is away keep no others waiting', async () => {
    const ring = await KeptRing.of(5);
    const [custodian, dead] = [ring.nodes[0]!, ring.nodes[4]!];
    const people: TestPerson[] = [];
    const hasDead = (homes: readonly string[]): boolean => homes.includes(dead.core.ring.self);
    const partition = (person: TestPerson): number => partitionOf(nodePrimitives, person.mailbox);
    for (let count = 0; count < 60; count++) {
      const person = ring.founder.person();
      if (!ring.homesOf(person).homes.includes(custodian.core.ring.self)) people.push(person);
    }
    people.sort((a, b) => partition(a) - partition(b));
    const free = people.find((person) => !hasDead(ring.homesOf(person).homes))!;
    // Those are begun first.
    const blocked = people.filter(
      (person) => hasDead(ring.homesOf(person).homes) && partition(person) > partition(free),
    );
    expect(blocked.length).toBeGreaterThan(5);
    for (const person of [free, ...blocked]) await ring.settle(person);
    ring.kill(dead);
    await custodian.store.store(
      [free, ...blocked].map((person) => {
        const frame = person.envelope(ring.clock.now());
        return { ...frame, id: person.idOf(frame), lane: 'contact' as const, tokenHash: null };
      }),
    );
    custodian.core.keep!.custody.lookWithin(1);
    await ring.clock.advance(3 * 60_000);
    expect(await ring.waitingAt(custodian, free)).toBe(0);
    for (const person of blocked) expect(await ring.waitingAt(custodian, person)).toBe(1);
  }, 60_000);
});

describe('repair', () => {
  test('RING-23: a home that was away gets what it missed, and pushes it to its device', async () => {
    const ring = await KeptRing.of(3, true);
    const person = await ring.person();
    const [entry, other, away] = ring.homeNodes(person);
    const device = await away!.connect(person);
    await away!.attach(device);
    ring.network.cut(ring.urlOf(away!));
    const client = await entry!.connect(null);
    for (let number = 0; number < 70; number++) {
      client.post({ case: 'send', value: person.envelope(ring.clock.now(), number) });
      await ring.clock.settle();
    }
    await ring.clock.advance(20_000);
    expect(await ring.waitingAt(other!, person)).toBe(70);
    expect(await ring.waitingAt(away!, person)).toBe(0);
    ring.network.mend(ring.urlOf(away!));
    await ring.clock.advance(7 * 60_000);
    expect(await ring.waitingAt(away!, person)).toBe(70);
    expect(device.all('deliver')).toHaveLength(64);
    for (const node of ring.nodes) expect(node.core.keep!.repair.backlog()).toEqual({ partitions: 0, envelopes: 0 });
  });

  test('RING-23: what the device took meanwhile is not brought back', async () => {
    const ring = await KeptRing.of(3, true);
    const person = await ring.person();
    const [entry, other, away] = ring.homeNodes(person);
    const client = await entry!.connect(null);
    for (let number = 0; number < 3; number++) {
      await ring.send(client, entry!, person, person.envelope(ring.clock.now(), number));
    }
    ring.network.cut(ring.urlOf(away!));
    const device = await other!.connect(person);
    await other!.attach(device);
    other!.acknowledge(device, person);
    await ring.clock.settle();
    expect(await ring.waitingAt(other!, person)).toBe(0);
    ring.network.mend(ring.urlOf(away!));
    await ring.clock.advance(12 * 60_000);
    // The others still have them: no home believes another one that something was taken. But it takes nothing back.
    expect(await ring.waitingAt(other!, person)).toBe(0);
    expect(await ring.waitingAt(away!, person)).toBe(3);
  });
});
