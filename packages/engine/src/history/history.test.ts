import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineEvent, MessageState } from '../api.ts';
import { Contacts } from '../contacts/contacts.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import { EventStream } from '../event-stream.ts';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { markRead, readPage } from './history-pages.ts';
import { History } from './history.ts';
import { mayBecome, stateNumber, stateOf } from './message-state.ts';

class Fixture {
  readonly store = new NodeStore(':memory:');
  readonly key = systemRandom(32);
  readonly events: EngineEvent[] = [];
  database!: Database;
  contacts!: Contacts;
  history!: History;

  constructor() {
    this.open();
  }

  open(): this {
    const { store, key } = this;
    this.database = new Database({ store, primitives: nodePrimitives, random: systemRandom, databaseKey: key });
    const stream = new EventStream(this.database);
    stream.on((event) => this.events.push(event));
    this.contacts = new Contacts(this.database, nodePrimitives, stream);
    this.history = new History(this.database, this.contacts, stream, { address: 'me', name: () => 'Me' });
    return this;
  }

  say(contact: ContactEntry, text: string, outgoing = false): number {
    const record = { text, sentAt: 5, receivedAt: 6 };
    const message = { contentId: systemRandom(16), outgoing, unread: !outgoing, device: 1, order: 0, record };
    return this.history.insert(contact, { ...message, state: outgoing ? 'waiting' : 'delivered' }).position;
  }

  texts(page: { messages: { content: object }[] }): unknown[] {
    return page.messages.map(({ content }) => ('text' in content ? content.text : content));
  }
}

describe('history', () => {
  it('pages newest first before a position, oldest first after one, always in rising order', () => {
    const f = new Fixture();
    const [ann, ben] = [f.contacts.add(systemRandom(32), 'accepted'), f.contacts.add(systemRandom(32), 'accepted')];
    for (let i = 1; i <= 10; i++) f.say(i % 2 === 0 ? ben : ann, `m${i}`);
    const page = (wanted: object): unknown[] => f.texts(readPage(f.history, { contact: null, ...wanted }));
    expect(page({ limit: 3 })).toEqual(['m8', 'm9', 'm10']);
    expect(page({ limit: 3, before: 8 })).toEqual(['m5', 'm6', 'm7']);
    expect(page({ limit: 3, after: 2 })).toEqual(['m3', 'm4', 'm5']);
    expect(page({ limit: 3, contact: ann, before: 6 })).toEqual(['m1', 'm3', 'm5']);
    expect(readPage(f.history, { contact: ann, limit: 5 }).more).toBe(false);
    expect(readPage(f.history, { contact: ann, limit: 4 }).more).toBe(true);
    expect(page({ limit: 0 })).toEqual(['m10']);
  });

  it('counts unread messages, over a restart too, and marks them read up to a position', () => {
    const f = new Fixture();
    const ann = f.contacts.add(systemRandom(32), 'accepted');
    const positions = ['a', 'b', 'c'].map((text) => f.say(ann, text));
    f.say(ann, 'mine', true);
    expect(f.contacts.toApi(ann)).toMatchObject({ unread: 3, lastAt: 6 });
    expect(markRead(f.database, f.contacts, f.history, ann, positions[1]!, 0)).toHaveLength(2);
    expect(markRead(f.database, f.contacts, f.history, ann, positions[1]!, 0)).toHaveLength(0);
    f.open();
    expect(f.contacts.toApi(f.contacts.byId(ann.id)!)).toMatchObject({ unread: 1, lastAt: 6 });
  });

  it('tells with every page of a conversation where its first unread message is', () => {
    const f = new Fixture();
    const [ann, ben] = [f.contacts.add(systemRandom(32), 'accepted'), f.contacts.add(systemRandom(32), 'accepted')];
    f.say(ben, 'for ben');
    const positions = ['a', 'b', 'c'].map((text) => f.say(ann, text));
    const told = (): unknown => readPage(f.history, { contact: ann, limit: 1 }).firstUnread;
    expect(told()).toBe(positions[0]);
    markRead(f.database, f.contacts, f.history, ann, positions[0]!, 0);
    expect(told()).toBe(positions[1]);
    markRead(f.database, f.contacts, f.history, ann, positions[2]!, 0);
    expect(told()).toBeUndefined();
    expect(readPage(f.history, { contact: null }).firstUnread).toBeUndefined();
  });

  it('ENG-4: states only go forward, whatever the order in which news comes', () => {
    const states: MessageState[] = ['waiting', 'sent', 'stored', 'delivered', 'read', 'failed'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...states), { maxLength: 12 }), (news) => {
        const path: MessageState[] = ['waiting'];
        for (const next of news) if (mayBecome(path.at(-1)!, next)) path.push(next);
        const ranks = path.filter((state) => state !== 'failed').map((state) => stateNumber(state));
        const failedLate =
          path.lastIndexOf('failed') > path.findIndex((state) => state === 'delivered' || state === 'read');
        const arrived = news.includes('read') ? 'read' : news.includes('delivered') ? 'delivered' : path.at(-1);
        expect(ranks.filter((rank) => rank >= 3)).toEqual(ranks.filter((rank) => rank >= 3).toSorted((x, y) => x - y));
        expect(path.at(-1)).toBe(arrived);
        expect(failedLate && (path.includes('delivered') || path.includes('read'))).toBe(false);
      }),
    );
    expect(states.map((state) => stateOf(stateNumber(state)))).toEqual(states);
  });

  it('ENG-1: no text, name or address is readable in the database', () => {
    const f = new Fixture();
    const account = systemRandom(32);
    const ann = f.contacts.add(account, 'accepted', { petname: 'Annabella' });
    f.say(ann, 'the quick brown fox');
    const tables = f.store.all(`SELECT name FROM sqlite_schema WHERE type = 'table'`).map((row) => String(row['name']));
    const cells = tables.flatMap((table) => f.store.all(`SELECT * FROM ${table}`).flatMap((row) => Object.values(row)));
    const text = cells
      .map((cell) => (cell instanceof Uint8Array ? Buffer.from(cell).toString('latin1') : String(cell)))
      .join('|');
    expect(text.length).toBeGreaterThan(200);
    for (const secret of ['quick brown', 'Annabella', ann.address, Buffer.from(account).toString('latin1')]) {
      expect(text).not.toContain(secret);
    }
  });
});
