/** Messages that never came: shown as a gap, filled in when they come after all. */
import type { ContactEntry } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { History } from './history.ts';
import type { MessageRow } from './message-row.ts';
import type { Random } from '@sotto/protocol/crypto';

/** Places set aside for one contact at a time; of somebody who was not accepted. Each range of places costs memory (Search). */
const MAX_PLACES = 200_000;
const MAX_PLACES_OF_OTHERS = 4096;

export class Gaps {
  readonly #database: Database;
  readonly #history: History;
  readonly #random: Random;

  constructor(database: Database, history: History, random: Random) {
    this.#database = database;
    this.#history = history;
    this.#random = random;
  }

  /**
   * Sets a position aside for each missing order, so that what comes late takes its right place.
   * @returns false when that would be too many: nothing is shown
   */
  insert(contact: ContactEntry, device: number, from: number, to: number, nowMs: number): boolean {
    const sql = 'SELECT coalesce(sum(ord_end - ord + 1), 0) AS n FROM message WHERE contact = ? AND gap = 1';
    const places = Number(this.#database.store.get(sql, contact.id)?.['n'] ?? 0) + to - from + 1;
    if (places > (contact.status === 'accepted' ? MAX_PLACES : MAX_PLACES_OF_OTHERS)) return false;
    this.#insertAt(this.#history.takePositions(to - from + 1), contact, device, from, to, nowMs);
    return true;
  }

  /** The gap in which this order is missing; null when none is known. */
  find(contact: number, device: number, order: number): MessageRow | null {
    const rows = this.#history.select(
      'WHERE contact = ? AND device = ? AND gap = 1 AND ord <= ? AND ord_end >= ? LIMIT 1',
      contact,
      device,
      order,
      order,
    );
    return rows[0] ?? null;
  }

  /** The first orders of this device that never came. */
  orders(contact: number, device: number, limit: number): number[] {
    const orders: number[] = [];
    const where = 'WHERE contact = ? AND device = ? AND gap = 1 ORDER BY ord LIMIT ?';
    for (const gap of this.#history.select(where, contact, device, limit)) {
      for (let order = gap.order; order <= gap.lastOrder && orders.length < limit; order++) orders.push(order);
    }
    return orders;
  }

  /** Takes one order out of a gap. @returns the position that is now free for it */
  take(contact: ContactEntry, gap: MessageRow, order: number): number {
    const { position, device, lastOrder, record } = gap;
    const free = position + (order - gap.order);
    if (order > gap.order) {
      this.#database.store.run('UPDATE message SET ord_end = ? WHERE position = ?', order - 1, position);
      this.#history.tell('changed', position);
    } else {
      this.#history.remove(gap);
    }
    if (order < lastOrder) this.#insertAt(free + 1, contact, device, order + 1, lastOrder, record.receivedAt);
    return free;
  }

  /** There is nothing under these orders: nobody waits for them. */
  close(contact: ContactEntry, device: number, from: number, to: number): void {
    const where = 'WHERE contact = ? AND device = ? AND gap = 1 AND ord <= ? AND ord_end >= ?';
    for (const gap of this.#history.select(where, contact.id, device, to, from)) {
      const { position, order, lastOrder, record } = gap;
      if (order < from) {
        this.#database.store.run('UPDATE message SET ord_end = ? WHERE position = ?', from - 1, position);
        this.#history.tell('changed', position);
      } else {
        this.#history.remove(gap);
      }
      if (to >= lastOrder) continue;
      this.#insertAt(position + (to + 1 - order), contact, device, to + 1, lastOrder, record.receivedAt);
    }
  }

  #insertAt(position: number, contact: ContactEntry, device: number, from: number, to: number, nowMs: number): void {
    this.#history.insert(
      contact,
      {
        contentId: this.#random(16),
        // Of another device of our own (Arrivals.show).
        outgoing: device < 0,
        unread: false,
        state: 'delivered',
        device,
        order: from,
        lastOrder: to,
        gap: true,
        record: { sentAt: nowMs, receivedAt: nowMs },
      },
      position,
    );
  }
}
