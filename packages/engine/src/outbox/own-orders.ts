/** The orders that this device gives to what it says to a contact: 1, 2, 3 … (network.md, rule 6). */
import type { Database } from '../store/database.ts';

/** The order that the next content gets. */
export function nextOwnOrder({ store }: Database, contact: number): number {
  const row = store.get('SELECT next FROM stream WHERE contact = ? AND device = 0', contact);
  return Number(row?.['next'] ?? 1);
}

/** Inside a transaction. */
export function setNextOwnOrder({ store }: Database, contact: number, next: number): void {
  store.run('INSERT OR REPLACE INTO stream (contact, device, next) VALUES (?, 0, ?)', contact, next);
}

/**
 * The order that comes next to another own device that gets the history of here now: what has an order and has not left
 * is not in it, and is told when it leaves (DEV-9).
 */
export function nextToldOrder(database: Database, contact: number, ownDevice: number): number {
  const row = database.store.get(
    `SELECT min(CASE WHEN state < 2 THEN ord END) AS waits, max(CASE WHEN state >= 2 THEN ord END) AS left
     FROM (SELECT state, ord FROM message WHERE contact = ?1 AND device = ?2 AND outgoing = 1 AND ord > 0
           UNION ALL SELECT state, ord FROM amendment WHERE contact = ?1 AND device = ?2 AND outgoing = 1 AND ord > 0)`,
    contact,
    ownDevice,
  );
  const next = nextOwnOrder(database, contact);
  const waits = row?.['waits'];
  return typeof waits === 'number' ? Math.min(next, Math.max(waits, Number(row?.['left'] ?? 0) + 1)) : next;
}
