/**
 * Which events of another own device came and which are missing. They take effect as they come; what is missing is
 * asked for again, a few times and ever more rarely, also long after the envelope's expiry (DEV-10).
 */
import type { Database } from '../store/database.ts';

/** Messages overtake one another: so long nothing is asked. */
const HOLD_MS = 30_000;
/** Between questions for the same: these, then given up. */
const PAUSES_MS = [10 * 60_000, 3_600_000, 6 * 3_600_000, 24 * 3_600_000, 3 * 86_400_000];
/** Orders in one question. */
export const MAX_ASKED = 64;
/** A number so far ahead is a fault: only the last of them are asked for. */
const MAX_MISSING = 5000;

export class SyncGaps {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The next number expected. @param self id of the hidden contact */
  next(self: number, device: number): number {
    const row = this.#database.store.get('SELECT next FROM stream WHERE contact = ? AND device = ?', self, device);
    return Number(row?.['next'] ?? 1);
  }

  /** Before anything came: a device that joins need not know what was before it. Inside a transaction. */
  begin(self: number, device: number, next: number): void {
    this.#database.store.run(
      'INSERT OR REPLACE INTO stream (contact, device, next) VALUES (?, ?, ?)',
      self,
      device,
      next,
    );
  }

  /** Inside the inbox's transaction. @returns how often it was asked for */
  came(self: number, device: number, order: number, nowMs: number): number {
    const { store } = this.#database;
    const next = this.next(self, device);
    if (order < next) {
      const where = 'WHERE device = ? AND ord = ?';
      const tries = store.get(`SELECT tries FROM sync_missing ${where}`, device, order)?.['tries'];
      store.run(`DELETE FROM sync_missing ${where}`, device, order);
      return Number(tries ?? 0);
    }
    for (let missing = Math.max(next, order - MAX_MISSING); missing < order; missing++) {
      store.run(
        'INSERT OR IGNORE INTO sync_missing (device, ord, next_at, tries) VALUES (?, ?, ?, 0)',
        device,
        missing,
        nowMs + HOLD_MS,
      );
    }
    this.#forgetBefore(device, order - MAX_MISSING);
    this.begin(self, device, order + 1);
    return 0;
  }

  /** It came too soon: it is to be told again. Inside the inbox's transaction. @param asked how often it was */
  postpone(device: number, order: number, asked: number, nowMs: number): void {
    this.#database.store.run(
      'INSERT OR REPLACE INTO sync_missing (device, ord, next_at, tries) VALUES (?, ?, ?, ?)',
      device,
      order,
      nowMs + (PAUSES_MS[asked - 1] ?? HOLD_MS),
      asked,
    );
  }

  /** What is missing is asked for at once, if it was not the last time already. Inside a transaction. */
  hurry(nowMs: number): void {
    const sql = 'UPDATE sync_missing SET next_at = ?1 WHERE next_at > ?1 AND tries < ?2';
    this.#database.store.run(sql, nowMs, PAUSES_MS.length);
  }

  /** The device says which number comes next: what was before it and is not here is asked for now. Inside a transaction. */
  expect(self: number, device: number, next: number, nowMs: number): void {
    const { store } = this.#database;
    const from = this.next(self, device);
    if (next <= from) return;
    for (let missing = Math.max(from, next - MAX_MISSING); missing < next; missing++) {
      store.run(
        'INSERT OR IGNORE INTO sync_missing (device, ord, next_at, tries) VALUES (?, ?, ?, 0)',
        device,
        missing,
        nowMs,
      );
    }
    this.#forgetBefore(device, next - MAX_MISSING);
    this.begin(self, device, next);
  }

  /** However often a device jumps ahead, only the last of its numbers are waited for. */
  #forgetBefore(device: number, order: number): void {
    this.#database.store.run('DELETE FROM sync_missing WHERE device = ? AND ord < ?', device, order);
  }

  /** When the next question is due; null: nothing is missing. */
  deadline(): number | null {
    const at = this.#database.store.get('SELECT min(next_at) AS at FROM sync_missing')?.['at'];
    return typeof at === 'number' ? at : null;
  }

  /** What is to be asked for now, by device; the next time is set. Inside a transaction. */
  due(nowMs: number): { questions: { device: number; orders: readonly number[] }[]; givenUp: number } {
    const { store } = this.#database;
    let givenUp = 0;
    const asked = new Map<number, number[]>();
    for (const row of store.all('SELECT device, ord, tries FROM sync_missing WHERE next_at <= ? ORDER BY ord', nowMs)) {
      const [device, order, tries] = [Number(row['device']), Number(row['ord']), Number(row['tries'])];
      const orders = asked.get(device) ?? [];
      asked.set(device, orders);
      if (orders.length >= MAX_ASKED) continue;
      const pause = PAUSES_MS[tries];
      if (pause === undefined) {
        store.run('DELETE FROM sync_missing WHERE device = ? AND ord = ?', device, order);
        givenUp++;
        continue;
      }
      orders.push(order);
      store.run(
        'UPDATE sync_missing SET next_at = ?, tries = ? WHERE device = ? AND ord = ?',
        nowMs + pause,
        tries + 1,
        device,
        order,
      );
    }
    // What did not fit one question comes next.
    store.run('UPDATE sync_missing SET next_at = ? WHERE next_at <= ?', nowMs + HOLD_MS, nowMs);
    const questions = [...asked].filter(([, orders]) => orders.length > 0);
    return { questions: questions.map(([device, orders]) => ({ device, orders })), givenUp };
  }

  /** It answered that it has nothing of that any more, or it is gone for good. */
  forget(device: number): void {
    this.#database.store.run('DELETE FROM sync_missing WHERE device = ?', device);
  }
}
