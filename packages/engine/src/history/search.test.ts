import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Contacts } from '../contacts/contacts.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import { EventStream } from '../event-stream.ts';
import { NodeStore } from '../platform/node/index.ts';
import { StoreError } from '../ports.ts';
import { Database } from '../store/database.ts';
import { History } from './history.ts';
import { SHARD_SIZE } from './search-shard.ts';
import { Search } from './search.ts';

const KEEP_EVERY_MS = 300_000;

class Fixture {
  readonly store = new NodeStore(':memory:');
  readonly key = systemRandom(32);
  tasks: { ms: number; run: () => void }[] = [];
  database!: Database;
  contacts!: Contacts;
  history!: History;
  search!: Search;
  ann!: ContactEntry;
  ben!: ContactEntry;
  /** Rows read from the history since the last start. */
  read = 0;

  constructor() {
    this.open();
    this.ann = this.contacts.add(systemRandom(32), 'accepted');
    this.ben = this.contacts.add(systemRandom(32), 'accepted');
  }

  /** As a start of the engine. */
  open(): this {
    const { store, key } = this;
    this.database = new Database({ store, primitives: nodePrimitives, random: systemRandom, databaseKey: key });
    const stream = new EventStream(this.database);
    this.contacts = new Contacts(this.database, nodePrimitives, stream);
    this.history = new History(this.database, this.contacts, stream, { address: 'me', name: () => 'Me' });
    const select = this.history.select.bind(this.history);
    this.read = 0;
    this.history.select = (where, ...values) => {
      const rows = select(where, ...values);
      this.read += rows.length;
      return rows;
    };
    const clock = {
      now: () => 0,
      after: (ms: number, run: () => void) => {
        const task = { ms, run };
        this.tasks.push(task);
        return () => void (this.tasks = this.tasks.filter((other) => other !== task));
      },
    };
    this.tasks = [];
    this.search = new Search(this.database, this.history, clock, (image) => NodeStore.inMemory(image));
    this.search.start();
    return this;
  }

  reopen(): this {
    this.search.close();
    return this.open();
  }

  /** The next turn of the work in the background. @returns whether there was one */
  turn(): boolean {
    const next = this.tasks.find(({ ms }) => ms < KEEP_EVERY_MS);
    if (next === undefined) return false;
    this.tasks.splice(this.tasks.indexOf(next), 1);
    next.run();
    return true;
  }

  settle(): this {
    while (this.turn());
    return this;
  }

  /** The time comes to keep what changed: one shard each time. */
  keep(): this {
    for (let i = 0; i < 4; i++) {
      const [next] = this.tasks.splice(
        this.tasks.findIndex(({ ms }) => ms === KEEP_EVERY_MS),
        1,
      );
      next?.run();
      this.settle();
    }
    return this;
  }

  say(contact: ContactEntry, text: string): number {
    const record = { text, sentAt: 5, receivedAt: 6 };
    const message = { contentId: systemRandom(16), outgoing: false, unread: false, device: 1, order: 0, record };
    return this.database.transaction(() => {
      const row = this.history.insert(contact, { ...message, state: 'delivered' });
      this.search.add(row);
      return row.position;
    });
  }

  sayMany(count: number, text: (i: number) => string): void {
    this.database.transaction(() => {
      for (let i = 1; i <= count; i++) this.say(i % 2 === 0 ? this.ann : this.ben, text(i));
    });
  }

  write(position: number, text: string | undefined): void {
    const record = { ...(text === undefined ? { deleted: true } : { text }), sentAt: 5, receivedAt: 6 };
    this.store.run(
      'UPDATE message SET sealed = ? WHERE position = ?',
      this.database.rows.sealRecord('message', position, record),
      position,
    );
  }

  edit(position: number, text: string): void {
    this.database.transaction(() => {
      this.write(position, text);
      this.search.add(this.history.byPosition(position)!);
    });
  }

  erase(position: number): void {
    this.database.transaction(() => {
      this.write(position, undefined);
      this.search.remove(position);
    });
  }

  find(text: string, contact: ContactEntry | null = null, limit = 200): unknown[] {
    return this.search
      .find(text, contact, limit)
      .messages.map(({ content }) => ('text' in content ? content.text : content));
  }

  /** Everything that is kept of the index, in the clear. */
  kept(): string {
    return this.store
      .all('SELECT shard, sealed FROM search_snapshot')
      .map(({ shard, sealed }) => Buffer.from(this.database.rows.open('search_snapshot', Number(shard), sealed)))
      .map((bytes) => bytes.toString('latin1'))
      .join('');
  }

  snapshots(): number[] {
    return this.store.all('SELECT shard FROM search_snapshot ORDER BY shard').map((row) => Number(row['shard']));
  }
}

describe('search', () => {
  it('ENG-12: is usable at once, tells its progress, newest first, and knows what comes meanwhile', () => {
    const f = new Fixture();
    f.sayMany(1200, (i) => `apple number${i}`);
    f.open();
    const first = f.search.find('number1200', null, 10);
    expect(first).toMatchObject({ total: 1200, messages: [{ content: { text: 'apple number1200' } }] });
    expect(first.indexed).toBeLessThan(1200);
    expect(f.search.find('number1', null, 10).messages.every(({ position }) => position > 600)).toBe(true);
    f.say(f.ann, 'Äpfel & Crème');
    expect(f.find('apfel creme')).toEqual(['Äpfel & Crème']);
    f.settle();
    expect(f.search.find('apple', null, 2)).toMatchObject({ indexed: 1201, total: 1201 });
    expect(f.find('apple', f.ben, 2)).toEqual(['apple number1199', 'apple number1197']);
    for (const hostile of ['"', 'a" OR "b', '*', 'NEAR(', '-apple AND', "';--", '']) {
      expect(() => f.find(hostile)).not.toThrow();
    }
  });

  it('ENG-12: after a restart it is restored from what was kept, and only what came since is read', () => {
    const f = new Fixture().settle();
    const count = 2 * SHARD_SIZE + 900;
    f.sayMany(count, (i) => `apple number${i}`);
    f.open().settle();
    expect(f.read).toBe(count);
    f.reopen().settle();
    expect(f.snapshots()).toEqual([0, 1, 2]);
    expect(f.read).toBeLessThan(10);
    f.say(f.ann, 'pear');
    f.reopen().settle();
    expect(f.read).toBeLessThan(10);
    expect(f.find('pear')).toEqual(['pear']);
    expect(f.search.find('apple', null, 3)).toMatchObject({ indexed: count + 1, total: count + 1 });
    expect(f.find('number777', f.ben)).toEqual([7779, 7777, 7775, 7773, 7771, 777].map((n) => `apple number${n}`));
  });

  it('ENG-12: words that were edited away, deleted or wiped leave the snapshot in the same transaction, whoever does it', () => {
    const f = new Fixture().settle();
    const animals = ['zebra', 'quagga', 'okapi', 'gnu', 'yak', 'wombat', 'vole', 'unau', 'tapir'];
    f.sayMany(2 * SHARD_SIZE + 500, (i) => (i % 1000 === 10 ? `${animals[(i - 10) / 1000]} apple` : 'apple'));
    f.settle().reopen().settle();
    expect(f.snapshots()).toEqual([0, 1, 2]);
    expect(f.kept()).toContain('zebra');
    // Without a word to the index, as a forgetful module would.
    f.write(10, undefined);
    expect(f.snapshots()).toEqual([1, 2]);
    expect(f.kept()).not.toContain('zebra');
    f.erase(5010);
    f.edit(8010, 'pear');
    expect(f.snapshots()).toEqual([2]);
    expect([f.find('wombat'), f.find('tapir'), f.find('pear')]).toEqual([[], [], ['pear']]);
    f.reopen().settle();
    expect([f.find('zebra'), f.find('wombat'), f.find('pear')]).toEqual([[], [], ['pear']]);
    f.reopen().settle();
    expect(f.snapshots()).toEqual([0, 1, 2]);
    for (const gone of ['zebra', 'wombat', 'tapir']) expect(f.kept()).not.toContain(gone);
    expect(f.kept()).toContain('okapi');
  });

  it('ENG-12: a shard with words that are gone is made anew before it is kept again', () => {
    const f = new Fixture().settle();
    f.sayMany(1000, (i) => (i === 500 ? 'zebra' : `word${i}`));
    f.keep();
    expect(f.snapshots()).toEqual([0]);
    expect(f.kept()).toContain('zebra');
    f.erase(500);
    f.say(f.ann, 'later');
    expect(f.snapshots()).toEqual([]);
    f.keep();
    expect(f.snapshots()).toEqual([0]);
    expect(f.kept()).not.toContain('zebra');
    f.open();
    f.search.find('x', null, 1);
    expect(f.read).toBeLessThan(10);
    expect([f.find('zebra'), f.find('word501'), f.find('later')]).toEqual([[], ['word501'], ['later']]);
  });

  it('ENG-12: a snapshot that is damaged, moved, or of another version is thrown away and made again', () => {
    const f = new Fixture().settle();
    f.sayMany(SHARD_SIZE + 600, (i) => `word${i}`);
    f.settle().reopen().settle();
    expect(f.snapshots()).toEqual([0, 1]);
    const sealed = f.store.get('SELECT sealed FROM search_snapshot WHERE shard = 0')?.['sealed'] as Uint8Array;
    const opened = f.database.rows.open('search_snapshot', 0, sealed).slice();
    const resealed = (bytes: Uint8Array): Uint8Array => f.database.rows.seal('search_snapshot', 0, bytes);
    const flipped = sealed.slice();
    flipped[100]! ^= 1;
    const other = f.store.get('SELECT sealed FROM search_snapshot WHERE shard = 1')?.['sealed'] as Uint8Array;
    const bad = [
      flipped,
      sealed.subarray(0, 1000),
      new Uint8Array(0),
      other,
      resealed(opened.with(0, 99)),
      resealed(opened.fill(7, 5, 100)),
    ];
    for (const row of bad) {
      f.store.run('UPDATE search_snapshot SET sealed = ? WHERE shard = 0', row);
      f.open().settle();
      expect(f.find('word77')).toContain('word77');
      expect(f.search.find('word77', null, 5)).toMatchObject({ indexed: SHARD_SIZE + 600, total: SHARD_SIZE + 600 });
      expect(f.snapshots()).toEqual([0, 1]);
    }
  });

  it('ENG-12: a disk that is full loses a snapshot and nothing else', () => {
    const f = new Fixture().settle();
    f.sayMany(500, (i) => `word${i}`);
    const run = f.store.run.bind(f.store);
    f.store.run = (sql, ...values) => {
      if (sql.includes('search_snapshot')) throw new StoreError('disk-full', 'full');
      run(sql, ...values);
    };
    f.reopen().settle();
    expect(f.find('word77')).toEqual(['word77']);
    expect(f.snapshots()).toEqual([]);
  });

  it('ENG-12: whatever happens in whatever order, it finds what the history says', () => {
    const LIMIT = 200;
    // None is the beginning of another.
    const word = (version: number): string => `v${String(version).padStart(3, '0')}`;
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('say' as const), n: fc.integer({ min: 1, max: 400 }) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('edit' as const), n: fc.nat(5000) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('erase' as const), n: fc.nat(5000) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('turn' as const), n: fc.nat(30) }) },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constantFrom('reopen', 'crash', 'keep' as const), n: fc.constant(0) }),
      },
    );
    fc.assert(
      fc.property(fc.array(action, { minLength: 5, maxLength: 25 }), (actions) => {
        const f = new Fixture();
        const texts = new Map<number, string>();
        let version = 0;
        const existing = (n: number): number | undefined => [...texts.keys()][n % Math.max(1, texts.size)];
        for (const { do: kind, n } of actions) {
          const target = existing(n);
          if (kind === 'say') {
            f.database.transaction(() => {
              for (let i = 0; i < n; i++) texts.set(f.say(f.ann, word(version)), word(version));
            });
            version++;
          } else if (kind === 'edit' && target !== undefined) {
            texts.set(target, word(version));
            f.edit(target, word(version++));
          } else if (kind === 'erase' && target !== undefined) {
            texts.delete(target);
            f.erase(target);
          } else if (kind === 'turn') {
            for (let i = 0; i < n; i++) f.turn();
          } else if (kind === 'reopen') f.reopen();
          else if (kind === 'crash') f.open();
          else if (kind === 'keep') f.keep();
        }
        f.settle();
        for (let v = 0; v < version; v += 1 + (version >> 4)) {
          const wanted = [...texts].filter(([, text]) => text === word(v)).map(([position]) => position);
          const found = f.search.find(word(v), null, LIMIT).messages;
          expect(found.map(({ content }) => 'text' in content && content.text)).toEqual(found.map(() => word(v)));
          const newest = wanted.toSorted((a, b) => b - a).slice(0, LIMIT);
          expect(found.map(({ position }) => position)).toEqual(newest);
        }
      }),
      { numRuns: 12 },
    );
  });
});
