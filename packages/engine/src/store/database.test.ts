import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { describe, expect, it } from 'vitest';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from './database.ts';

const open = (store = new NodeStore(':memory:'), databaseKey = systemRandom(32)): Database =>
  new Database({ store, primitives: nodePrimitives, random: systemRandom, databaseKey });

describe('Database', () => {
  it('makes the newest version of an empty file, and leaves it alone the next time', () => {
    const store = new NodeStore(':memory:');
    const key = systemRandom(32);
    open(store, key).setMeta('x', { a: 1 });
    expect(open(store, key).getMeta('x')).toEqual({ a: 1 });
    expect(open(store, key).getMeta('y')).toBeNull();
  });

  it('refuses a file that a newer version wrote', () => {
    const store = new NodeStore(':memory:');
    store.run('PRAGMA user_version = 999');
    expect(() => open(store)).toThrow(/newer version/);
  });

  it('effects run after the commit, and not at all after a rollback', () => {
    const database = open();
    const seen: string[] = [];
    database.onRollback(() => seen.push('forget'));
    database.transaction(() => {
      database.afterCommit(() => seen.push('effect'));
      database.transaction(() => seen.push('inner'));
      seen.push('body');
    });
    expect(seen).toEqual(['inner', 'body', 'effect']);
    expect(() =>
      database.transaction(() => {
        database.setMeta('kept', { a: 1 });
        database.afterCommit(() => {
          throw new RangeError('effect');
        });
        database.afterCommit(() => seen.push('another'));
      }),
    ).toThrow('effect');
    expect([seen.pop(), database.getMeta('kept')]).toEqual(['another', { a: 1 }]);
    expect(() =>
      database.transaction(() => {
        database.setMeta('x', {});
        database.afterCommit(() => seen.push('never'));
        throw new RangeError('stop');
      }),
    ).toThrow(RangeError);
    expect(seen.slice(3)).toEqual(['forget']);
    expect(database.getMeta('x')).toBeNull();
  });

  it('counters never give a number twice, over rollbacks and restarts', () => {
    const store = new NodeStore(':memory:');
    const key = systemRandom(32);
    const database = open(store, key);
    const given = [database.next('n'), database.next('n', 500), database.next('n')];
    expect(given).toEqual([1, 2, 502]);
    expect(() =>
      database.transaction(() => {
        given.push(database.next('n', 200));
        throw new RangeError('stop');
      }),
    ).toThrow(RangeError);
    given.push(database.next('n'), open(store, key).next('n'));
    expect(given[4]).toBeGreaterThan(502);
    expect(given[5]).toBeGreaterThan(given[4]!);
  });
});
