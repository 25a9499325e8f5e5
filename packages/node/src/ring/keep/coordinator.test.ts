import { describe, expect, test } from 'vitest';
import { RefusalCode } from '@sotto/protocol/wire';
import { KeptRing, receiptsFor } from './kept-ring.fixture.ts';

describe('a Send in a ring of three', () => {
  test('RING-20: to any node: three receipts that hold, and an envelope at each home', async () => {
    const ring = await KeptRing.of(3);
    const person = await ring.person();
    const { homes } = ring.homesOf(person);
    expect(homes).toHaveLength(3);
    for (const [number, node] of ring.nodes.entries()) {
      const client = await node.connect(null);
      const receipts = await ring.send(client, node, person, person.envelope(ring.clock.now(), number));
      expect(receipts.toSorted()).toEqual(homes.toSorted());
    }
    for (const node of ring.nodes) expect(await ring.waitingAt(node, person)).toBe(3);
  });

  test('RING-20: by a node that is no home: three receipts of others, and nothing here', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { homes } = ring.homesOf(person);
    const outsider = ring.nodes.find(({ core }) => !homes.includes(core.ring.self))!;
    const client = await outsider.connect(null);
    const receipts = await ring.send(client, outsider, person, person.envelope(ring.clock.now(), 1));
    expect(receipts.toSorted()).toEqual(homes.toSorted());
    expect(await ring.waitingAt(outsider, person)).toBe(0);
    const wrong = person.envelope(ring.clock.now(), 2, { capability: new Uint8Array(16) });
    expect(await outsider.send(client, wrong)).toMatchObject({ value: { code: RefusalCode.NOT_ALLOWED } });
    const stranger = outsider.person();
    expect(await outsider.send(client, stranger.envelope(ring.clock.now()))).toMatchObject({
      value: { code: RefusalCode.NO_MAILBOX },
    });
  });

  test('RING-21: one home down: two receipts, and the third of a stand-in', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { homes, standIns } = ring.homesOf(person);
    const [entry, , dead] = homes.map((key) => ring.node(key));
    ring.kill(dead!);
    const client = await entry!.connect(null);
    const frame = person.envelope(ring.clock.now(), 1);
    const request = client.post({ case: 'send', value: frame });
    await ring.clock.advance(1000);
    const receipts = receiptsFor(client, entry!, request, person.idOf(frame));
    expect(receipts.toSorted()).toEqual([homes[0]!, homes[1]!, standIns[0]!].toSorted());
    expect(await ring.waitingAt(ring.node(standIns[0]!), person)).toBe(1);
  });

  test('RING-21: a home that says nothing is replaced after 400 ms, and holds up nobody', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { homes, standIns } = ring.homesOf(person);
    const [entry, , mute] = homes.map((key) => ring.node(key));
    mute!.core.ring.serve('keep', () => {});
    const client = await entry!.connect(null);
    const frames = Array.from({ length: 200 }, (_, number) => person.envelope(ring.clock.now(), number));
    const requests: number[] = [];
    for (const frame of frames) {
      requests.push(client.post({ case: 'send', value: frame }));
      await ring.clock.settle();
    }
    // The window of a link is 64 requests: what has two receipts has left it.
    expect(client.all('refusal')).toEqual([]);
    const id = person.idOf(frames[199]!);
    expect(receiptsFor(client, entry!, requests[199]!, id).toSorted()).toEqual(homes.slice(0, 2).toSorted());
    await ring.clock.advance(500);
    expect(receiptsFor(client, entry!, requests[199]!, id)).toHaveLength(3);
    expect(receiptsFor(client, entry!, requests[199]!, id)).toContain(standIns[0]);
  });

  test('RING-21: two of three down: the one receipt there is, then a refusal', async () => {
    const ring = await KeptRing.of(3);
    const person = await ring.person();
    const [entry, ...others] = ring.homeNodes(person);
    for (const node of others) ring.kill(node);
    const client = await entry!.connect(null);
    const frame = person.envelope(ring.clock.now(), 1);
    const request = client.post({ case: 'send', value: frame });
    await ring.clock.advance(15_000);
    expect(receiptsFor(client, entry!, request, person.idOf(frame))).toEqual([entry!.core.ring.self]);
    expect(client.received.at(-1)).toMatchObject({
      request,
      body: { case: 'refusal', value: { code: RefusalCode.BUSY } },
    });
  });

  test('RING-20: a full mailbox and a used token are refused in the name of all homes', async () => {
    const ring = await KeptRing.of(3);
    const person = await ring.person();
    const client = await ring.founder.connect(null);
    const token = person.envelope(ring.clock.now(), 1, {
      capability: new Uint8Array(0),
      requestToken: new Uint8Array(16).fill(3),
    });
    expect(await ring.founder.send(client, token)).toMatchObject({ value: { code: RefusalCode.TOKEN_USED } });
    const strange = (number: number) => person.envelope(ring.clock.now(), number, { capability: new Uint8Array(0) });
    for (let number = 0; number < 64; number++) {
      expect(await ring.send(client, ring.founder, person, strange(number))).toHaveLength(3);
    }
    expect(await ring.founder.send(client, strange(64))).toMatchObject({ value: { code: RefusalCode.QUOTA } });
  });

  test('RING-20: an attached device is pushed what its home keeps for others', async () => {
    const ring = await KeptRing.of(3);
    const person = await ring.person();
    const [entry, home] = ring.homeNodes(person);
    const device = await home!.connect(person);
    await home!.attach(device);
    const client = await entry!.connect(null);
    await ring.send(client, entry!, person, person.envelope(ring.clock.now(), 7));
    expect(device.all('deliver').map(({ body }) => body[3])).toEqual([7]);
  });

  test('RING-26: a live envelope reaches the device at whichever home it is attached, and is kept nowhere', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const home = ring.homeNodes(person)[1]!;
    const device = await home.connect(person);
    await home.attach(device);
    for (const node of ring.nodes) {
      const client = await node.connect(null);
      const answer = await node.send(client, person.envelope(ring.clock.now(), 1, { live: true }));
      expect(answer?.case).toBe('done');
    }
    expect(device.all('deliver').map(({ live }) => live)).toEqual([true, true, true, true]);
    for (const node of ring.nodes) expect(await ring.waitingAt(node, person)).toBe(0);
  });
});
