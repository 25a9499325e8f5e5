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
