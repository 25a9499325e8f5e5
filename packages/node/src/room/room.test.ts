import { describe, expect, test } from 'vitest';
import { nodePrimitives } from '@sotto/primitives-node';
import { verifyAnnouncement } from '@sotto/protocol/mailbox';
import { create, FindSchema } from '@sotto/protocol/wire';
import type { TestClient } from '../testing/test-client.ts';
import { TestNode, type TestNodeOptions } from '../testing/test-node.ts';
import { cleanName, freeName, nameKey } from './guest-name.ts';

const psk = new Uint8Array(32).fill(1);

async function room(names: string[], options: TestNodeOptions = { store: null }) {
  const node = new TestNode({ psk, ...options });
  const guests: { person: ReturnType<TestNode['person']>; client: TestClient }[] = [];
  for (const name of names) {
    const person = node.person();
    const client = await node.connect(person);
    await node.attach(client, name);
    guests.push({ person, client });
  }
  return { node, guests };
}

const presence = (client: TestClient): string[] =>
  client.all('presence').map(({ who, joined }) => `${joined ? '+' : '-'}${who?.name}`);

describe('names', () => {
  test('NODE-51: what could mislead is taken out', () => {
    expect(cleanName('  Ada\u0000 \t Love\u202elace ')).toBe('Ada Lovelace');
    expect(cleanName('\u200b\u2066')).toBe('guest');
    expect(cleanName('@/admin')).toBe('admin');
    expect(cleanName('x'.repeat(100))).toHaveLength(64);
    expect(cleanName('😀'.repeat(40))).toBe('😀'.repeat(32));
  });

  test('NODE-51: a name that reads alike is taken', () => {
    const taken = new Set(['alice', 'alice-2'].map(nameKey));
    expect(freeName('ALICE', (key) => taken.has(key))).toBe('ALICE-3');
    expect(freeName('Ａlice', (key) => taken.has(key))).toBe('Ａlice-3');
    expect(freeName('Bob', (key) => taken.has(key))).toBe('Bob');
    const long = new Set([nameKey('x'.repeat(64))]);
    expect(freeName('x'.repeat(64), (key) => long.has(key))).toBe(`${'x'.repeat(62)}-2`);
  });
});

describe.each([
  ['live', { store: null }],
  ['stored', {}],
] as const)('room, %s', (_, options) => {
  test('NODE-51, NODE-52: guests are told who comes and goes, and which name they have', async () => {
    const { node, guests } = await room(['Alice', 'Alice'], options);
    const [first, second] = guests;
    expect(presence(first!.client)).toEqual(['+Alice', '+Alice-2']);
    expect(presence(second!.client)).toEqual(['+Alice-2']);
    const anonymous = await node.connect(null);
    const found = await node.ask(anonymous, { case: 'find', value: create(FindSchema, {}) });
    expect(found?.case === 'found' && found.value.present.map(({ name }) => name)).toEqual(['Alice', 'Alice-2']);
    // A second link of the same account takes over without a word.
    const again = await node.connect(second!.person);
    await node.attach(again, 'Alice');
    expect(presence(first!.client)).toEqual(['+Alice', '+Alice-2']);
    again.socket.close(1000, '');
    await node.clock.settle();
    expect(presence(first!.client)).toEqual(['+Alice', '+Alice-2', '-Alice-2']);
    expect(node.guestNotices).toEqual(['+Alice', '+Alice-2', '-Alice-2']);
  });

  test('NODE-53: the operator speaks to all or to one, signed', async () => {
    const { node, guests } = await room(['Alice', 'Bob'], options);
    const announcer = node.core.announcer!;
    expect(announcer.toAll('hello')).toEqual({ state: 'sent', guests: 2 });
    expect(announcer.toOne('bob', 'psst')).toEqual({ state: 'sent', guests: 1 });
    expect(announcer.toOne('Carol', 'psst')).toEqual({ state: 'unknown-name' });
    expect(announcer.toAll('x'.repeat(4001))).toEqual({ state: 'too-long' });
    await node.clock.settle();
    const [alice, bob] = guests;
    expect(alice!.client.all('announcement').map(({ text }) => text)).toEqual(['hello']);
    const heard = bob!.client.all('announcement');
    expect(heard.map(({ text, personal }) => [text, personal])).toEqual([
      ['hello', false],
      ['psst', true],
    ]);
    for (const { text, sentAt, personal, signature } of heard) {
      const account = personal ? bob!.person.mailbox : null;
      const fields = { network: node.identity.network, sentAt: Number(sentAt), account, text };
      expect(verifyAnnouncement(nodePrimitives, node.identity.nodeId, fields, signature)).toBe(true);
      expect(verifyAnnouncement(nodePrimitives, node.identity.nodeId, { ...fields, text: 'bye' }, signature)).toBe(
        false,
      );
    }
  });
});

test('NODE-53: an open node with a store has no announcements', () => {
  expect(new TestNode().core.announcer).toBeNull();
  expect(new TestNode({ store: null }).core.announcer?.toAll('x')).toEqual({ state: 'nobody' });
});
