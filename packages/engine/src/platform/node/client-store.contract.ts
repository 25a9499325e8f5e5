import { afterEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../ports.ts';
import type { ClientStore } from '../../ports.ts';

/**
 * What every ClientStore does. `reopen` closes what `open` gave last and opens the same database again; `durable`:
 * what was committed is still in it.
 */
export function describeClientStore(
  name: string,
  durable: boolean,
  open: () => ClientStore,
  reopen: () => ClientStore,
): void {
  describe(`ClientStore ${name}`, () => {
    let store: ClientStore | null = null;
    const opened = (): ClientStore => {
      store = open();
      store.run('CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)');
      return store;
    };
    afterEach(() => store?.close());

    it('CSTORE-1: keeps integers, reals, text, bytes and null as they are', () => {
      const s = opened();
      const values = [0, -1, Number.MAX_SAFE_INTEGER, 1.5, 'text ✓ مرحبا', '', null, new Uint8Array([0, 255, 7])];
      for (const [id, value] of values.entries()) s.run('INSERT INTO t VALUES (?, ?)', id, value);
      expect(s.all('SELECT v FROM t ORDER BY id').map((row) => row['v'])).toEqual(values);
      s.run('INSERT INTO t VALUES (?, ?)', 99, new Uint8Array(0));
      expect(s.get('SELECT v, typeof(v) AS kind FROM t WHERE id = 99')).toMatchObject({ kind: 'blob' });
    });

    it('CSTORE-1: get answers the first row, or undefined', () => {
      const s = opened();
      expect(s.get('SELECT v FROM t')).toBeUndefined();
      s.run('INSERT INTO t VALUES (1, 2), (2, 3)');
      expect(s.get('SELECT v FROM t ORDER BY id')?.['v']).toBe(2);
      expect(s.all('SELECT v FROM t WHERE id > 5')).toEqual([]);
    });

    it('CSTORE-2: a transaction commits everything and answers what its body answered', () => {
      const s = opened();
      const answer = s.transaction(() => {
        s.run('INSERT INTO t VALUES (1, 1)');
        s.run('INSERT INTO t VALUES (2, 2)');
        return 'done';
      });
      expect(answer).toBe('done');
      expect(s.get('SELECT count(*) AS n FROM t')?.['n']).toBe(2);
    });

    it('CSTORE-2: a transaction whose body throws leaves nothing, and the next one works', () => {
      const s = opened();
      expect(() =>
        s.transaction(() => {
          s.run('INSERT INTO t VALUES (1, 1)');
          throw new RangeError('stop');
        }),
      ).toThrow(RangeError);
      expect(s.all('SELECT * FROM t')).toEqual([]);
      s.transaction(() => s.run('INSERT INTO t VALUES (3, 3)'));
      expect(s.get('SELECT count(*) AS n FROM t')?.['n']).toBe(1);
    });

    it('CSTORE-2: a failing statement inside a transaction undoes the rest', () => {
      const s = opened();
      s.run('INSERT INTO t VALUES (1, 1)');
      expect(() =>
        s.transaction(() => {
          s.run('INSERT INTO t VALUES (2, 2)');
          s.run('INSERT INTO t VALUES (1, 1)');
        }),
      ).toThrow(StoreError);
      expect(s.all('SELECT id FROM t')).toHaveLength(1);
    });

    it('CSTORE-3: a transaction inside a transaction is refused and undone', () => {
      const s = opened();
      expect(() =>
        s.transaction(() => {
          s.run('INSERT INTO t VALUES (1, 1)');
          s.transaction(() => s.run('INSERT INTO t VALUES (2, 2)'));
        }),
      ).toThrow(expect.objectContaining({ name: 'StoreError', code: 'failed' }));
      expect(s.all('SELECT * FROM t')).toEqual([]);
    });

    it('CSTORE-3: an asynchronous transaction does not compile, and is refused and undone where types are bypassed', () => {
      const s = opened();
      // @ts-expect-error an async callback does not fit NotPromise
      const asynchronous = (): void => s.transaction(async () => s.run('INSERT INTO t VALUES (1, 1)'));
      expect(asynchronous).toThrow(expect.objectContaining({ code: 'failed' }));
      expect(s.all('SELECT * FROM t')).toEqual([]);
    });

    it('CSTORE-4: errors are StoreError, without the values', () => {
      const s = opened();
      s.run('INSERT INTO t VALUES (1, ?)', 'sesame');
      const failing = (): void => s.run('INSERT INTO t VALUES (1, ?)', 'sesame');
      expect(failing).toThrow(expect.objectContaining({ name: 'StoreError', code: 'failed' }));
      expect(failing).not.toThrow(/sesame/);
      expect(() => s.all('SELECT nonsense FROM t')).toThrow(StoreError);
    });

    it('CSTORE-5: full-text search is there', () => {
      const s = opened();
      s.run(`CREATE VIRTUAL TABLE words USING fts5(body, content='')`);
      s.run('INSERT INTO words (rowid, body) VALUES (7, ?)', 'the quick brown fox');
      expect(s.all('SELECT rowid FROM words WHERE words MATCH ?', 'qui*')).toEqual([
        expect.objectContaining({ rowid: 7 }),
      ]);
    });

    it('CSTORE-6: more statements than the cache holds', () => {
      const s = opened();
      for (let i = 0; i < 600; i++) expect(s.get(`SELECT ${i} AS n`)?.['n']).toBe(i);
    });

    it('CSTORE-6: close may be called twice', () => {
      const s = opened();
      s.close();
      s.close();
      expect(() => s.run('SELECT 1')).toThrow(StoreError);
    });

    it('CSTORE-7: what was committed is there after reopening a file, and gone with what was in memory', () => {
      opened().transaction(() => store?.run('INSERT INTO t VALUES (1, ?)', 'kept'));
      store = reopen();
      const tables = store.all('SELECT name FROM sqlite_schema').map((row) => row['name']);
      expect(tables).toEqual(durable ? ['t'] : []);
    });

    it('CSTORE-7: what was not committed is gone after reopening', () => {
      const s = opened();
      s.run('BEGIN');
      s.run('CREATE TABLE u (v)');
      store = reopen();
      expect(store.all(`SELECT name FROM sqlite_schema WHERE name = 'u'`)).toEqual([]);
    });
  });
}
