import { parseAddress } from '@sotto/protocol/identity';
import { create, ReceiptKind, ReceiptSchema, TextSchema } from '@sotto/protocol/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getNode } from '../../../docs/examples/http-client.ts';
import { HttpPerson, type Opened } from './http-person.ts';
import { type NodeProcess, Playground } from './processes.ts';
import { RpcProcess } from './rpc-process.ts';

const PATIENT = { timeout: 60_000, interval: 100 };

let playground: Playground;
let node: NodeProcess;
beforeAll(async () => {
  playground = await Playground.create();
  node = await playground.node('node', ['--store', 'memory', '--web', 'off']);
}, 60_000);
afterAll(() => playground.dispose());

test('HTTP-36: somebody with the terminal and somebody with the HTTP interface alone write to each other', async () => {
  const made = await playground.run([
    'init',
    '--profile',
    playground.path('Alice'),
    '--name',
    'Alice',
    '--node',
    node.url,
  ]);
  expect(made.code, made.errors).toBe(0);
  const alice = new RpcProcess(playground, playground.path('Alice'));
  alice.start();
  const dora = new HttpPerson(await getNode(node.url.replace('ws:', 'http:')));
  await dora.register();
  let cursor = 0;
  const acknowledged = new Set<string>();
  /** Waits for a content of that kind; what came before it is acknowledged with it. */
  const next = async (kind: string): Promise<Opened['content']> => {
    for (;;) {
      const opened = await dora.fetch(cursor, 50);
      expect(opened.length, `nothing came: ${kind}`).toBeGreaterThan(0);
      await dora.acknowledge(opened.map(({ id }) => id));
      for (const { id } of opened) acknowledged.add(id);
      cursor = opened.at(-1)!.cursor;
      const wanted = opened.find(({ content }) => content.body.case === kind);
      if (wanted !== undefined) return wanted.content;
    }
  };

  // What the engine sends to the device is fetched, and acknowledged.
  const { address } = await alice.call('add', { to: dora.invite(node.url) });
  await alice.call('send', { to: address, text: 'Are you there?' });
  const asked = await next('text');
  expect(asked.body.value).toMatchObject({ text: 'Are you there?' });
  expect(Buffer.from(asked.from)).toEqual(Buffer.from(parseAddress((await alice.call('whoami', {})).address)));
  expect(asked.capability).toHaveLength(16);

  // What is stored with the capability that she was told reaches the engine.
  const stateOfAsked = async (): Promise<string | undefined> =>
    (await alice.history()).find(({ outgoing }) => outgoing)?.state;
  await dora.send(asked.from, asked.capability, {
    case: 'receipt',
    value: create(ReceiptSchema, { kind: ReceiptKind.DELIVERED, ids: [asked.id] }),
  });
  await expect.poll(stateOfAsked, PATIENT).toBe('delivered');
  const answer = await dora.send(asked.from, asked.capability, {
    case: 'text',
    value: create(TextSchema, { text: 'By HTTP alone.' }),
  });
  const received = async (): Promise<unknown[]> =>
    (await alice.history()).filter(({ outgoing }) => !outgoing).map(({ content }) => content);
  await expect.poll(received, PATIENT).toEqual([expect.objectContaining({ text: 'By HTTP alone.' })]);

  // Which she confirms.
  const receipt = await next('receipt');
  expect(receipt.body.value).toMatchObject({ kind: ReceiptKind.DELIVERED });
  expect((receipt.body.value as { ids: Uint8Array[] }).ids.map((id) => Buffer.from(id))).toEqual([Buffer.from(answer)]);

  await expect(dora.store(asked.from, 1, new Uint8Array(4096), new Uint8Array(16))).rejects.toThrow('not-allowed');
  expect((await dora.fetch(0, 0)).filter(({ id }) => acknowledged.has(id))).toEqual([]);
  expect(await alice.stop()).toBe(0);
}, 180_000);
