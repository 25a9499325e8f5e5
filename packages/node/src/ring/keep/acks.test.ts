import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { describe, expect, test } from 'vitest';
import { concat } from '@sotto/protocol/crypto';
import { signSpreadAck } from '@sotto/protocol/ring';
import { AttachSchema, create, RefusalCode, type SpreadAcks } from '@sotto/protocol/wire';
import type { TestNode } from '../../testing/test-node.ts';
import type { TestPerson } from '../../testing/test-person.ts';
import { KeptRing } from './kept-ring.fixture.ts';

const DAY_SECONDS = 86_400;

interface Sent {
  readonly id: Uint8Array;
  readonly expires: number;
}

function acksOf(ring: KeptRing, person: TestPerson, sent: readonly Sent[], signer = person): SpreadAcks {
  return signSpreadAck(primitives, signer.device.signingSeed, {
    network: ring.founder.identity.network,
    account: person.mailbox,
    device: person.device.device,
    at: ring.clock.now(),
    ids: concat(...sent.map(({ id }) => id)),
    expires: sent.map(({ expires }) => expires),
  });
}

async function ringWithEnvelopes(count: number) {
  const ring = await KeptRing.of(3);
  const person = await ring.person();
  const client = await ring.founder.connect(null);
  const sent: Sent[] = [];
  for (let number = 0; number < count; number++) {
    const frame = person.envelope(ring.clock.now(), number);
    await ring.send(client, ring.founder, person, frame);
    sent.push({ id: person.idOf(frame), expires: frame.expires });
  }
  return { ring, person, client, sent };
}

const waiting = (ring: KeptRing, person: TestPerson): Promise<number[]> =>
  Promise.all(ring.nodes.map((node) => ring.waitingAt(node, person)));

const cutOff = (node: TestNode): unknown[] =>
  node.logged.filter(({ event }) => event === 'peer-cut-off').map(({ fields }) => fields['reason']);

describe('acknowledgements for all homes', () => {
  test('RING-25: they go everywhere, and late copies are not kept', async () => {
    const { ring, person, client, sent } = await ringWithEnvelopes(3);
    const device = await ring.nodes[1]!.connect(person);
    await ring.nodes[1]!.attach(device);
    const late = person.envelope(ring.clock.now(), 100);
    const all = [...sent.slice(0, 2), { id: person.idOf(late), expires: late.expires }];
    const value = acksOf(ring, person, all);
    expect(await ring.nodes[1]!.ask(device, { case: 'spreadAcks', value })).toMatchObject({ case: 'done' });
    expect(await waiting(ring, person)).toEqual([1, 1, 1]);
    // Counts as stored for who sends it, everywhere.
    expect(await ring.send(client, ring.founder, person, late)).toHaveLength(3);
    expect(await waiting(ring, person)).toEqual([1, 1, 1]);
  });

  test('RING-25: a sweep that waits for acknowledgements goes on when they came to another home', async () => {
    const { ring, person, sent } = await ringWithEnvelopes(70);
    const [home, other] = ring.nodes;
    const device = await home!.connect(person);
    await home!.attach(device);
    const beside = await other!.connect(person);
    await other!.ask(beside, { case: 'attach', value: create(AttachSchema, { sweep: true }) });
    expect(beside.all('deliver')).toHaveLength(64);
    await home!.ask(device, { case: 'spreadAcks', value: acksOf(ring, person, sent.slice(0, 64)) });
    expect(beside.all('deliver')).toHaveLength(70);
    expect(beside.received.at(-1)?.body.case).toBe('done');
  });

  test('RING-25: a home that was away is told when it is back', async () => {
    const { ring, person, sent } = await ringWithEnvelopes(3);
    const [home, away] = ring.nodes;
    ring.network.cut(ring.urlOf(away!));
    // Until the link is known to be dead.
    await ring.clock.advance(120_000);
    const device = await home!.connect(person);
    await home!.attach(device);
    await home!.ask(device, { case: 'spreadAcks', value: acksOf(ring, person, sent.slice(0, 2)) });
    device.socket.close(1000, '');
    expect(await waiting(ring, person)).toEqual([1, 3, 1]);
    ring.network.mend(ring.urlOf(away!));
    await ring.clock.advance(60_000);
    expect(await waiting(ring, person)).toEqual([1, 1, 1]);
  });

  test('RING-25: nobody acknowledges for another, nor beyond all expiry', async () => {
    const { ring, person, sent } = await ringWithEnvelopes(1);
    const thief = await ring.person();
    const node = ring.founder;
    const link = await node.connect(thief);
    const ask = (value: SpreadAcks) => node.ask(link, { case: 'spreadAcks', value });
    const refused = { value: { code: RefusalCode.NOT_ALLOWED } };
    expect(await ask(acksOf(ring, person, sent, thief))).toMatchObject(refused);
    // In its own name it reaches its own mailbox only.
    expect(await ask(acksOf(ring, thief, sent))).toMatchObject({ case: 'done' });
    const far = [{ id: sent[0]!.id, expires: Math.floor(ring.clock.now() / 1000) + 40 * DAY_SECONDS }];
    expect(await ask(acksOf(ring, thief, far))).toMatchObject(refused);
    await ask({ ...acksOf(ring, thief, sent), signature: new Uint8Array(64) });
    expect(link.closedWith).toBe(4400);
    expect(await waiting(ring, person)).toEqual([1, 1, 1]);
  });

  test('RING-25: a node that passes on what was not signed is cut off', async () => {
    const { ring, person, sent } = await ringWithEnvelopes(1);
    const [liar, victim] = ring.nodes;
    const forged = acksOf(ring, person, sent, ring.founder.person());
    liar!.core.ring.peer(victim!.core.ring.self)!.postFrame({ case: 'spreadAcks', value: forged });
    await ring.clock.settle();
    expect(cutOff(victim!)).toEqual(['acknowledgement']);
    expect(await waiting(ring, person)).toEqual([1, 1, 1]);
  });

  test('RING-25: a node alone takes them, too', async () => {
    const ring = await KeptRing.of(1);
    const person = await ring.person();
    const frame = person.envelope(ring.clock.now(), 1);
    await ring.send(await ring.founder.connect(null), ring.founder, person, frame);
    const device = await ring.founder.connect(person);
    const value = acksOf(ring, person, [{ id: person.idOf(frame), expires: frame.expires }]);
    expect(await ring.founder.ask(device, { case: 'spreadAcks', value })).toMatchObject({ case: 'done' });
    expect(await ring.waitingAt(ring.founder, person)).toBe(0);
  });

  test('RING-47: a node that passes on more acknowledgements than there can be is not listened to for all of them', async () => {
    const { ring, person, sent } = await ringWithEnvelopes(1);
    const [from, to] = ring.homeNodes(person);
    const unknown = Array.from({ length: 1024 }, (_, at) => ({
      id: new Uint8Array(32).fill(at),
      expires: sent[0]!.expires,
    }));
    const value = acksOf(ring, person, unknown);
    const peer = from!.core.ring.peer(to!.core.ring.self)!;
    const before = to!.metrics.acknowledged;
    // 36 kB each of 16 MB.
    for (let count = 0; count < 600; count++) peer.postFrame({ case: 'spreadAcks', value });
    await ring.clock.settle();
    const taken = (to!.metrics.acknowledged - before) / 1024;
    expect(taken).toBeGreaterThan(100);
    expect(taken).toBeLessThan(500);
    expect(peer.up).toBe(true);
  });
});
