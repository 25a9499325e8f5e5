/** Messages that a contact asked for again because they never came (network.md, rule 6; ENG-8). */
import type { ContactEntry } from '../contacts/contacts.ts';
import type { History } from '../history/history.ts';
import type { Outbox } from './outbox.ts';
import { KIND } from './outbox-rows.ts';
import type { OutboxRows } from './outbox-rows.ts';
import type { Random } from '../ports.ts';
import type { Timers } from '../timers.ts';

const MAX_ORDERS = 64;
/** One question of a contact is answered in this time. */
const PAUSE_MS = 10_000;

export class Repeats {
  readonly #history: History;
  readonly #outbox: Outbox;
  readonly #rows: OutboxRows;
  readonly #random: Random;
  readonly #timers: Timers;
  readonly #answered = new Map<number, number>();

  constructor(history: History, outbox: Outbox, rows: OutboxRows, random: Random, timers: Timers) {
    this.#history = history;
    this.#outbox = outbox;
    this.#rows = rows;
    this.#random = random;
    this.#timers = timers;
  }

  /** Asks for what is missing. Inside the transaction that shows the gap. */
  ask(contact: ContactEntry, orders: readonly number[]): void {
    if (contact.status !== 'accepted' || orders.length === 0) return;
    this.#outbox.plan(contact, this.#random(16), KIND.askAgain, { sentAt: this.#timers.now(), orders });
  }

  /** Answers: the same contents under the same ids and orders, encrypted anew. */
  asked(contact: ContactEntry, orders: readonly bigint[], nowMs: number): void {
    if (contact.status !== 'accepted') return;
    const last = this.#answered.get(contact.id);
    if (last !== undefined && nowMs - last < PAUSE_MS) return;
    this.#answered.set(contact.id, nowMs);
    for (const order of orders.slice(0, MAX_ORDERS)) {
      const message = this.#history.outgoingByOrder(contact.id, Number(order));
      if (message === null) continue;
      if (message.state === 'failed') this.#history.restart(message);
      this.#rows.removeContent(contact.id, message.contentId);
      this.#outbox.plan(contact, message.contentId, KIND.text, { sentAt: message.record.sentAt });
    }
  }
}
