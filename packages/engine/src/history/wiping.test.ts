import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { afterEach, describe, expect, it } from 'vitest';
import { AmendmentRows } from '../amendments/amendment-rows.ts';
import { Contacts } from '../contacts/contacts.ts';
import { EventStream } from '../event-stream.ts';
import { OutboxRows } from '../outbox/outbox-rows.ts';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { Timers } from '../timers.ts';
import { History } from './history.ts';
import type { MessageRow } from './message-row.ts';
import { Search } from './search.ts';
import { Wiping } from './wiping.ts';

const directory = mkdtempSync(join(tmpdir(), 'sotto-wiping-'));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('wiping', () => {
  it('ENG-35: the sealed bytes of what is deleted are in no file of the database any more', () => {
    const store = new NodeStore(join(directory, 'sotto.db'));
    const platform = { store, primitives: nodePrimitives, random: systemRandom, databaseKey: new Uint8Array(32) };
    const database = new Database(platform);
    const events = new EventStream(database);
    const contacts = new Contacts(database, nodePrimitives, events);
    const contact = contacts.add(systemRandom(32), 'accepted');
    const history = new History(database, contacts, events, { address: 'me', name: () => 'Me' });
    const timers = new Timers({ now: () => 0, after: () => () => undefined }, () => undefined);
    const search = new Search(database, history, timers, (image) => NodeStore.inMemory(image));
    const [amendments, rows] = [new AmendmentRows(database), new OutboxRows(database)];
    const outbox = { plan: () => undefined };
    const wiping = new Wiping({ database, contacts, history, amendments, search, events, rows, outbox });

    const say = (text: string): MessageRow =>
      database.transaction(() => {
        const record = { text, sentAt: 1, receivedAt: 1 };
        const message = { contentId: systemRandom(16), outgoing: false, device: 1, order: 0, record };
        return history.insert(contact, { ...message, unread: true, state: 'delivered' });
      });
    // Short ones lie in the page of their row, long ones on pages of their own.
    const written = [say('short'), say('x'.repeat(30_000)), say('to be hidden'), say('to be edited')];
    const kept = say('kept');
    const sealedOf = ({ position }: MessageRow): Buffer =>
      Buffer.from(store.get('SELECT sealed FROM message WHERE position = ?', position)!['sealed'] as Uint8Array);
    const gone = written.map(sealedOf);
    const stays = sealedOf(kept);
    const isInFiles = (bytes: Buffer): boolean => {
      const files = readdirSync(directory).map((file) => readFileSync(join(directory, file)));
      // Pieces, because a long value is spread over pages.
      const pieces = [0, Math.floor(bytes.length / 2), bytes.length - 24].map((at) => bytes.subarray(at, at + 24));
      return pieces.some((piece) => files.some((file) => file.includes(piece)));
    };
    expect(gone.map(isInFiles)).toEqual([true, true, true, true]);
    database.transaction(() => {
      wiping.takeBack(written[0]!);
      wiping.takeBack(written[1]!);
      wiping.remove(written[2]!, 5);
      history.setRecord(written[3]!.position, { text: 'edited', sentAt: 1, receivedAt: 1 });
      wiping.scrub();
    });
    expect(gone.map(isInFiles)).toEqual([false, false, false, false]);
    expect(isInFiles(stays)).toBe(true);
    expect(contacts.unread(contact.id)).toBe(2);
    wiping.prune(100 * 86_400_000);
    expect(history.byPosition(written[2]!.position)).toBeNull();
    expect(history.byPosition(written[0]!.position)!.record.deleted).toBe(true);
    store.close();
  });
});
