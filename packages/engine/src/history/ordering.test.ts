import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Contacts } from '../contacts/contacts.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import { EventStream } from '../event-stream.ts';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import type { ContactStatus } from '../api.ts';
import type { Saying } from './display.ts';
import { Gaps } from './gaps.ts';
import { readPage } from './history-pages.ts';
import { History } from './history.ts';
import { HOLD_MS, Ordering } from './ordering.ts';
import { shardOf } from './search-shard.ts';

const said = (text: string): Saying => ({ text, replyTo: null, disappear: 0 });

class Fixture {
  readonly asked: number[][] = [];
  readonly contact: ContactEntry;
  readonly ordering: Ordering;
  readonly #history: History;

  constructor(status: ContactStatus = 'accepted') {
    const store = new NodeStore(':memory:');
    const database = new Database({
      store,
      primitives: nodePrimitives,
      random: systemRandom,
      databaseKey: systemRandom(32),
    });
    const events = new EventStream(database);
    const contacts = new Contacts(database, nodePrimitives, events);
    this.contact = contacts.add(systemRandom(32), status);
    this.#history = new History(database, contacts, events, { address: 'me', name: () => '' });
    this.ordering = new Ordering({
      database,
      contacts,
      gaps: new Gaps(database, this.#history, systemRandom),
      show: (contact, { saying, order, ...arrival }, position) => {
        if ('nothing' in saying) return;
        const record = { text: 'text' in saying ? saying.text : '', sentAt: 0, receivedAt: 0 };
        const row = { ...arrival, order, outgoing: false, unread: true, state: 'delivered' as const, record };
        this.#history.insert(contact, row, position ?? undefined);
      },
      ask: (asked, device) =>
        this.asked.push(new Gaps(database, this.#history, systemRandom).orders(asked.id, device, 64)),
      onHold: () => undefined,
    });
  }

  take(order: number, atMs = 0): void {
    this.ordering.accept(this.contact, {
      contentId: systemRandom(16),
      device: 1,
      order,
      saying: said(`${order}`),
      sentAt: 0,
      receivedAt: atMs,
    });
  }

  /** There is nothing under these. */
  empty(order: number, until: number): void {
    const saying = { nothing: true, until } as const;
    const arrival = { contentId: systemRandom(16), device: 1, order, saying, sentAt: 0, receivedAt: 0 };
    this.ordering.accept(this.contact, arrival);
  }

  get positions(): number[] {
    return this.#history.select('WHERE gap = 0 ORDER BY position').map(({ position }) => position);
  }

  get shown(): string {
    const { messages } = readPage(this.#history, { contact: this.contact, limit: 1000 });
    return messages
      .map(({ content }) => ('text' in content ? content.text : 'gap' in content ? `(${content.gap})` : '?'))
      .join(' ');
  }
}

describe('ordering', () => {
  it('ENG-7: shows in the order of the counter, whatever the order of arrival', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 12 }, (_, i) => i + 1),
          { minLength: 12 },
        ),
        (orders) => {
          const f = new Fixture();
          for (const order of orders) f.take(order);
          expect(f.shown).toBe('1 2 3 4 5 6 7 8 9 10 11 12');
          expect(f.ordering.deadline()).toBeNull();
        },
      ),
      { numRuns: 20 },
    );
  });

  it('ENG-8: after 30 s what is missing is a gap, asked for once, and what comes late takes its place', () => {
    const f = new Fixture();
    for (const order of [1, 5, 7]) f.take(order, 1000);
    expect([f.shown, f.ordering.deadline()]).toEqual(['1', 1000 + HOLD_MS]);
    f.ordering.expire(999 + HOLD_MS);
    expect(f.shown).toBe('1');
    f.ordering.expire(1000 + HOLD_MS);
    f.ordering.expire(1000 + HOLD_MS);
    expect([f.shown, f.asked]).toEqual([
      '1 (3) 5 (1) 7',
      [
        [2, 3, 4],
        [2, 3, 4, 6],
      ],
    ]);
    f.take(3);
    expect(f.shown).toBe('1 (1) 3 (1) 5 (1) 7');
    for (const order of [6, 2, 4, 8]) f.take(order);
    expect(f.shown).toBe('1 2 3 4 5 6 7 8');
  });

  it('ENG-7: messages without an order are shown at once; each device counts for itself', () => {
    const f = new Fixture();
    f.take(2);
    f.take(0);
    const other = { contentId: systemRandom(16), device: 2, order: 1, saying: said('other'), sentAt: 0, receivedAt: 0 };
    f.ordering.accept(f.contact, other);
    f.take(1);
    expect(f.shown).toBe('0 other 1 2');
  });

  it('ENG-9: a counter from nowhere neither floods the history nor the sender', () => {
    const f = new Fixture();
    f.take(1);
    f.take(2 ** 40);
    f.take(2 ** 40 + 1);
    expect([f.shown, f.asked]).toEqual([`1 ${2 ** 40} ${2 ** 40 + 1}`, []]);
    const flood = new Fixture();
    for (let order = 2; order < 520; order++) flood.take(order);
    expect(flood.shown.startsWith('(1) 2 3 4')).toBe(true);
    expect(flood.asked).toEqual([[1]]);
  });

  it('ENG-9, ENG-12: who leaves out many orders, again and again, spreads the history over few ranges of the index', () => {
    for (const [status, shards] of [
      ['accepted', 40],
      ['request', 1],
    ] as const) {
      const f = new Fixture(status);
      for (let i = 1; i <= 100; i++) {
        f.take(i * 5000, i);
        f.ordering.expire(i + HOLD_MS);
      }
      const used = new Set(f.positions.map(shardOf));
      expect([used.size, f.shown.endsWith('495000 500000')]).toEqual([shards, true]);
    }
  });

  it('ENG-15: what is dropped leaves no gap', () => {
    const f = new Fixture();
    f.take(1);
    f.ordering.drop(f.contact, 1, 3);
    f.take(4);
    expect(f.shown).toBe('1 4');
  });

  it('ENG-47: orders that are told to be empty are not waited for, and what came early is shown', () => {
    const f = new Fixture();
    f.take(1);
    f.take(4);
    f.empty(2, 1000);
    f.take(1001);
    expect(f.shown).toEqual('1 4 1001');
  });

  it('ENG-47: a gap closes as far as its orders are empty, and the rest keeps its places', () => {
    const f = new Fixture();
    f.take(1);
    f.take(20);
    f.ordering.expire(HOLD_MS);
    f.empty(5, 10);
    expect(f.shown).toEqual('1 (3) (9) 20');
    f.take(12);
    f.take(3);
    expect(f.shown).toEqual('1 (1) 3 (1) (1) 12 (7) 20');
  });

  it('ENG-47: empty orders beyond what is missing wait for their turn; an end far away is a fault', () => {
    const f = new Fixture();
    f.empty(3, 9);
    f.take(5);
    f.take(1);
    f.take(2);
    expect(f.shown).toEqual('1 2 5');
    f.empty(10, 2_000_000);
    f.take(11);
    expect(f.shown).toEqual('1 2 5 11');
  });

  it('ENG-40: what filled its placeholder before its turn hides nothing that is missing before it', () => {
    const f = new Fixture();
    f.take(1);
    const saying = said('4');
    f.ordering.settle(f.contact, {
      contentId: systemRandom(16),
      device: 1,
      order: 4,
      saying,
      sentAt: 0,
      receivedAt: 0,
    });
    f.ordering.expire(HOLD_MS);
    expect([f.shown, f.asked]).toEqual(['1 (2)', [[2, 3]]]);
  });
});
