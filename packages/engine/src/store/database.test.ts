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
        database.setMeta('x', {});
        database.afterCommit(() => seen.push('never'));
        throw new RangeError('stop');
      }),
    ).toThrow(RangeError);
    expect(seen.slice(3)).toEqual(['forget']);
    expect(database.getMeta('x')).toBeNull();
  });

  it('counters rise, in steps, and a rolled-back number is given again', () => {
    const database = open();
    expect([database.next('n'), database.next('n', 5), database.next('n')]).toEqual([1, 2, 7]);
    expect(() =>
      database.transaction(() => {
        database.next('n');
        throw new RangeError('stop');
      }),
    ).toThrow(RangeError);
    expect(database.next('n')).toBe(8);
  });
});
