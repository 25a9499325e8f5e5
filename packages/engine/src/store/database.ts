/** The one place where the engine's transactions begin and end: rows, caches and events stay in step. */
import { migrate } from './schema.ts';
import { SealedRows } from './sealed-rows.ts';
import type { ClientStore, NotPromise, Platform } from '../ports.ts';

const COUNTER_BLOCK = 100;

export class Database {
  readonly store: ClientStore;
  readonly rows: SealedRows;
  #inside = false;
  #scrubbing = false;
  #afterCommit: (() => void)[] = [];
  readonly #onRollback: (() => void)[] = [];
  /** Numbers below `reserved` may be given out without writing anything. */
  readonly #counters = new Map<string, { next: number; reserved: number }>();

  constructor(platform: Pick<Platform, 'store' | 'primitives' | 'random' | 'databaseKey'>) {
    this.store = platform.store;
    this.rows = new SealedRows(platform.primitives, platform.random, platform.databaseKey);
    migrate(this.store);
  }

  /**
   * Everything `body` wrote is on the disk when this returns, or nothing is. Inside another transaction it joins it.
   * Callbacks of afterCommit run when the outermost has committed.
   * @throws StoreError
   */
  transaction<T>(body: () => NotPromise<T>): T {
    if (this.#inside) return body();
    this.#inside = true;
    let result: T;
    try {
      result = this.store.transaction(body);
    } catch (error) {
      this.#inside = false;
      this.#afterCommit = [];
      this.#scrubbing = false;
      this.#counters.clear();
      for (const undo of this.#onRollback) undo();
      throw error;
    }
    this.#inside = false;
    const effects = this.#afterCommit;
    this.#afterCommit = [];
    this.#runAll(effects);
    return result;
  }

  /** One that fails keeps none of the others from running. @throws what the first that failed threw */
  #runAll(effects: readonly (() => void)[]): void {
    const failures: unknown[] = [];
    for (const effect of effects) {
      try {
        effect();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Runs `effect` once what is being written is on the disk; never when it is rolled back. */
  afterCommit(effect: () => void): void {
    if (this.#inside) this.#afterCommit.push(effect);
    else effect();
  }

  /**
   * What was written over leaves the files too, after the commit: SQLite's log still has the old pages until it is
   * folded in and cut off; secure_delete sees to what is left in the pages themselves
   * (https://sqlite.org/pragma.html#pragma_wal_checkpoint, #pragma_secure_delete).
   */
  scrub(): void {
    if (this.#scrubbing) return;
    this.#scrubbing = true;
    this.afterCommit(() => {
      this.#scrubbing = false;
      try {
        this.store.get('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch {
        // A disk that is full or busy: the log is folded in with the next scrub, or when the profile is opened.
      }
    });
  }

  /** A cache registers how it forgets what a rolled-back transaction put into it. */
  onRollback(forget: () => void): void {
    this.#onRollback.push(forget);
  }

  /**
   * The next number of a counter that never gives one twice; `count` of them are taken together. Numbers are set
   * aside in blocks, so some are left out after a restart.
   */
  next(counter: string, count = 1): number {
    const known = this.#counters.get(counter) ?? this.#readCounter(counter);
    const value = known.next;
    known.next += count;
    if (known.next > known.reserved) {
      known.reserved = known.next + COUNTER_BLOCK;
      this.store.run('INSERT OR REPLACE INTO counter (name, value) VALUES (?, ?)', counter, known.reserved);
    }
    this.#counters.set(counter, known);
    return value;
  }

  #readCounter(counter: string): { next: number; reserved: number } {
    const value = Number(this.store.get('SELECT value FROM counter WHERE name = ?', counter)?.['value'] ?? 1);
    return { next: value, reserved: value };
  }

  /** A sealed value of its own, by name; null when it was never set. */
  getMeta(name: string): unknown {
    const row = this.store.get('SELECT sealed FROM meta WHERE name = ?', name);
    return row === undefined ? null : this.rows.openRecord('meta', name, row['sealed']);
  }

  setMeta(name: string, value: object): void {
    this.store.run(
      'INSERT OR REPLACE INTO meta (name, sealed) VALUES (?, ?)',
      name,
      this.rows.sealRecord('meta', name, value),
    );
  }

  removeMeta(name: string): void {
    this.store.run('DELETE FROM meta WHERE name = ?', name);
  }

  /** Names of sealed values that begin with `prefix`, which has no wildcards in it. */
  getMetaNames(prefix: string): string[] {
    return this.store
      .all('SELECT name FROM meta WHERE substr(name, 1, ?) = ?', prefix.length, prefix)
      .map((row) => String(row['name']));
  }
}
