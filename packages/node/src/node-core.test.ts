import { expect, test } from 'vitest';
import { verifyReceipt } from '@sotto/protocol/mailbox';
import { nodePrimitives } from '@sotto/primitives-node';
import { TestNode } from './testing/test-node.ts';

test('NODE-12: an envelope is stored, receipted, pushed and acknowledged', async () => {
  const node = new TestNode();
  const { person, client } = await node.resident(true);
  const sender = await node.connect(null);
  expect(sender.open).toBe(true);
  const envelope = person.envelope(node.clock.now());
  const answer = await node.send(sender, envelope);
  expect(answer?.case).toBe('stored');
  if (answer?.case !== 'stored') return;
  const { at, leaves, signature, items } = answer.value;
  expect(
    verifyReceipt(nodePrimitives, {
      nodeId: node.identity.nodeId,
      network: node.identity.network,
      at,
      leaves,
      signature,
      id: person.idOf(envelope),
      leaf: items[0]!.leaf,
      path: items[0]!.path,
    }),
  ).toBe(true);
  expect(client.all('deliver').map(({ body }) => body)).toEqual([envelope.body]);
  node.acknowledge(client, person);
  await node.clock.settle();
  expect(node.metrics.acknowledged).toBe(1);
  expect(node.logged).toEqual([]);
});
