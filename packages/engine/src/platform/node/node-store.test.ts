import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { describeClientStore } from './client-store.contract.ts';
import { NodeStore } from './node-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'sotto-store-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let count = 0;
let open: NodeStore | null = null;

function describeAt(name: string, durable: boolean, path: () => string): void {
  describeClientStore(
    name,
    durable,
    () => {
      count++;
      open = new NodeStore(path());
      return open;
    },
    () => {
      open?.close();
      return new NodeStore(path());
    },
  );
}

describeAt('node:sqlite in a file', true, () => join(directory, `${count}.db`));
describeAt('node:sqlite in memory', false, () => ':memory:');

describe('NodeStore', () => {
  it('CSTORE-8: a commit is on the disk: WAL, synchronous FULL', () => {
    const store = new NodeStore(join(directory, 'durable.db'));
    expect(store.get('PRAGMA journal_mode')?.['journal_mode']).toBe('wal');
    expect(store.get('PRAGMA synchronous')?.['synchronous']).toBe(2);
    store.close();
  });

  it('CSTORE-4: a file that is no database is corrupt', () => {
    const file = join(directory, 'not-a-database');
    writeFileSync(file, 'This is no database, it is a letter.'.repeat(100));
    expect(() => new NodeStore(file)).toThrow(expect.objectContaining({ name: 'StoreError', code: 'corrupt' }));
  });

  it('CSTORE-4: a full disk is disk-full, and what was there stays', () => {
    const store = new NodeStore(join(directory, 'full.db'));
    store.run('CREATE TABLE t (v BLOB)');
    store.run('INSERT INTO t VALUES (?)', new Uint8Array(100));
    store.run(`PRAGMA max_page_count = ${Number(store.get('PRAGMA page_count')?.['page_count'])}`);
    const fill = (): void => store.transaction(() => store.run('INSERT INTO t VALUES (?)', new Uint8Array(100_000)));
    expect(fill).toThrow(expect.objectContaining({ code: 'disk-full' }));
    expect(store.get('SELECT count(*) AS n FROM t')?.['n']).toBe(1);
    store.close();
  });

  it('CSTORE-4: a database that somebody else holds is busy', () => {
    const file = join(directory, 'held.db');
    const store = new NodeStore(file);
    store.run('CREATE TABLE t (v)');
    store.run('PRAGMA busy_timeout = 0');
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(() => store.transaction(() => store.run('INSERT INTO t VALUES (1)'))).toThrow(
      expect.objectContaining({ code: 'busy' }),
    );
    other.exec('ROLLBACK');
    store.transaction(() => store.run('INSERT INTO t VALUES (1)'));
    other.close();
    store.close();
  });

  it('CSTORE-9: a database in memory leaves no file', () => {
    const store = new NodeStore(':memory:');
    store.run('CREATE TABLE t (v)');
    store.transaction(() => store.run('INSERT INTO t VALUES (1)'));
    expect(store.get('SELECT file FROM pragma_database_list')?.['file']).toBe('');
    store.close();
  });
});
