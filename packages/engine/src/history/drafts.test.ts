import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { describe, expect, it } from 'vitest';
import { Contacts } from '../contacts/contacts.ts';
import { EventStream } from '../event-stream.ts';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { Drafts } from './drafts.ts';

describe('ENG-37: drafts', () => {
  const store = new NodeStore(':memory:');
  const databaseKey = systemRandom(32);
  const open = () => {
    const database = new Database({ store, primitives: nodePrimitives, random: systemRandom, databaseKey });
    const contacts = new Contacts(database, nodePrimitives, new EventStream(database));
    return { database, contacts, drafts: new Drafts(database, contacts) };
  };

  it('are kept over a restart, one a conversation, sealed, and forgotten when they are empty', () => {
    const { contacts, drafts } = open();
    const [ann, ben] = [contacts.add(systemRandom(32), 'accepted'), contacts.add(systemRandom(32), 'accepted')];
    drafts.save(ann, { text: 'Dear', savedAt: 1 });
    drafts.save(ann, { text: 'Dear Ann 🌿', replyTo: 'ab'.repeat(16), savedAt: 2 });
    drafts.save(ben, { text: 'hello', savedAt: 3 });
    const again = open();
    expect(again.drafts.all()).toEqual([
      { conversation: ann.address, text: 'Dear Ann 🌿', replyTo: 'ab'.repeat(16), savedAt: 2 },
      { conversation: ben.address, text: 'hello', savedAt: 3 },
    ]);
    const rows = store.all('SELECT name, sealed FROM meta').map((row) => Buffer.from(row['sealed'] as Uint8Array));
    expect(rows.some((sealed) => sealed.includes('Dear') || sealed.includes('hello'))).toBe(false);
    again.drafts.save(ann, { text: '', savedAt: 4 });
    expect(open().drafts.all()).toMatchObject([{ text: 'hello' }]);
  });

  it('are refused when they are far too long, and the one before stays', () => {
    const { contacts, drafts } = open();
    const cem = contacts.add(systemRandom(32), 'accepted');
    drafts.save(cem, { text: 'x'.repeat(100_000), savedAt: 1 });
    expect(() => drafts.save(cem, { text: 'x'.repeat(100_001), savedAt: 2 })).toThrow('100,000');
    expect(drafts.all().find(({ conversation }) => conversation === cem.address)?.text).toHaveLength(100_000);
  });
});
