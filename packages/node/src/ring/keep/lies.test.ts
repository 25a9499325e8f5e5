import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { describe, expect, test } from 'vitest';
import { partitionOf } from '@sotto/protocol/ring';
import { create, CopiesSchema, type Kept, PartitionsSchema, ReconcileSchema } from '@sotto/protocol/wire';
import type { TestNode } from '../../testing/test-node.ts';
import type { PeerBody } from '../peer-body.ts';
import { keepItemOf } from './ask-keep.ts';
import { KeptRing, receiptsFor } from './kept-ring.fixture.ts';

const cutOff = (node: TestNode): unknown[] =>
  node.logged.filter(({ event }) => event === 'peer-cut-off').map(({ fields }) => fields['reason']);

/** The node answers each Keep with something else than it should. */
function lieAbout(node: TestNode, change: (kept: Kept) => PeerBody): void {
  const { ring, keep } = node.core;
  ring.serve('keep', (from, asked, reply) =>
    keep!.desk.answer(from, asked, {
      ...reply,
      answer: (body) => reply.answer(body.case === 'kept' ? change(body.value) : body),
    }),
  );
}

const kept = (value: Kept): PeerBody => ({ case: 'kept', value });
const LIES: readonly [string, (kept: Kept) => PeerBody][] = [
  ['kept-receipt', (value) => kept({ ...value, signature: new Uint8Array(64) })],
  ['kept-receipt', (value) => kept({ ...value, at: value.at + 1n })],
  ['kept-receipt', (value) => kept({ ...value, items: value.items.map((item) => ({ ...item, leaf: item.leaf + 1 })) })],
  ['kept-items', (value) => kept({ ...value, items: [] })],
  ['answer', () => ({ case: 'partitions', value: create(PartitionsSchema) })],
];

describe('lying nodes', () => {
  test.each(LIES)(
    'RING-20: a receipt that does not hold (%s) is not passed on, and its node is cut off',
    async (reason, lie) => {
      const ring = await KeptRing.of(4);
      const person = await ring.person();
      const { homes, standIns } = ring.homesOf(person);
      const [entry, , liar] = homes.map((key) => ring.node(key));
      lieAbout(liar!, lie);
      const client = await entry!.connect(null);
      const frame = person.envelope(ring.clock.now(), 1);
      const request = client.post({ case: 'send', value: frame });
      await ring.clock.advance(1000);
      const receipts = receiptsFor(client, entry!, request, person.idOf(frame));
      expect(receipts.toSorted()).toEqual([homes[0]!, homes[1]!, standIns[0]!].toSorted());
      expect(cutOff(entry!)).toEqual([reason]);
    },
  );

  test('RING-20: receipts of another start of the node do not count', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { homes } = ring.homesOf(person);
    const [entry, , restarted] = homes.map((key) => ring.node(key));
    lieAbout(restarted!, (value) => kept({ ...value, boot: new Uint8Array(8) }));
    const client = await entry!.connect(null);
    const frame = person.envelope(ring.clock.now(), 1);
    const request = client.post({ case: 'send', value: frame });
    await ring.clock.advance(1000);
    expect(receiptsFor(client, entry!, request, person.idOf(frame))).not.toContain(homes[2]);
    expect(cutOff(entry!)).toEqual([]);
  });

  test('RING-22: a liar gets nothing handed over, and the stand-in discards nothing', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { standIns } = ring.homesOf(person);
    const [entry, , away] = ring.homeNodes(person);
    const standIn = ring.node(standIns[0]!);
    lieAbout(away!, (value) => kept({ ...value, signature: new Uint8Array(64) }));
    const client = await entry!.connect(null);
    client.post({ case: 'send', value: person.envelope(ring.clock.now(), 1) });
    await ring.clock.advance(30 * 60_000);
    expect(await ring.waitingAt(standIn, person)).toBe(1);
    expect(cutOff(standIn)).toContain('kept-receipt');
  });

  test('RING-23: copies nobody asked for are not kept, and their node is cut off', async () => {
    const ring = await KeptRing.of(3, true);
    const [person, victim] = [await ring.person(), await ring.person()];
    const [entry, , away] = ring.homeNodes(person);
    ring.network.cut(ring.urlOf(away!));
    const client = await entry!.connect(null);
    client.post({ case: 'send', value: person.envelope(ring.clock.now(), 1) });
    await ring.clock.advance(12_000);
    for (const node of ring.nodes) {
      const forged = person.envelope(ring.clock.now(), 66);
      const item = { ...forged, id: person.idOf(forged), lane: 'contact' as const, tokenHash: null };
      node.core.ring.serve('fetchCopies', (_from, _asked, reply) =>
        reply.answer({ case: 'copies', value: create(CopiesSchema, { items: [keepItemOf(item)] }) }),
      );
    }
    ring.network.mend(ring.urlOf(away!));
    await ring.clock.advance(6 * 60_000);
    expect(cutOff(away!)).toContain('copies');
    expect(await ring.waitingAt(away!, person)).toBe(0);
    expect(await ring.waitingAt(away!, victim)).toBe(0);
  });

  test('RING-23: who is no home of a partition learns nothing of it', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { homes } = ring.homesOf(person);
    const outsider = ring.nodes.find(({ core }) => !homes.includes(core.ring.self))!;
    const home = ring.node(homes[0]!);
    await ring.send(await home.connect(null), home, person, person.envelope(ring.clock.now(), 1));
    const partition = partitionOf(primitives, person.mailbox);
    const peer = outsider.core.ring.peer(home.core.ring.self)!;
    const refused = peer
      .request({ case: 'reconcile', value: create(ReconcileSchema, { partition }) })
      .catch((error: unknown) => error);
    const page = partition - (partition % 1024);
    const answer = peer.request({
      case: 'partitions',
      value: create(PartitionsSchema, { ask: true, from: page, to: page + 1023 }),
    });
    await ring.clock.advance(10);
    expect(await refused).toMatchObject({ code: 'refused', refusal: 13 });
    const digests = await answer;
    expect(digests.case === 'partitions' && digests.value.digests.map((digest) => digest.partition)).not.toContain(
      partition,
    );
  });
});
