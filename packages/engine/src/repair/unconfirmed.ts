/**
 * What waits for a receipt that was given in vain: it came while the storage was a later one, or could not be opened.
 * It is encrypted anew under its id; the other end knows it by that, shows nothing twice and confirms it again (ENG-46).
 */
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import type { OutboxKind, OutboxRows } from '../outbox/outbox-rows.ts';
import { sentAtOf } from '../outbox/own-contents.ts';
import type { OwnContents } from '../outbox/own-contents.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Timers } from '../timers.ts';

export interface UnconfirmedParts {
  readonly database: Database;
  readonly timers: Timers;
  readonly contacts: Contacts;
  readonly outboxRows: OutboxRows;
  readonly outbox: Outbox;
  readonly ownContents: OwnContents;
}

export class Unconfirmed {
  readonly #parts: UnconfirmedParts;

  constructor(parts: UnconfirmedParts) {
    this.#parts = parts;
  }

  /** Everything to everybody: the storage went back. Inside a transaction. */
  sendAllAgain(): void {
    for (const contact of this.#parts.contacts.all()) {
      this.#sendAgain(
        contact,
        'SELECT device, content_id, kind FROM outbox WHERE contact = ? AND stage > 0',
        contact.id,
      );
    }
  }

  /** To one device: its session was given up, or something of it that could not be opened may have been a receipt. */
  sendAgain(contact: ContactEntry, device: number): void {
    const sql = 'SELECT device, content_id, kind FROM outbox WHERE contact = ? AND device = ? AND stage = 2';
    this.#sendAgain(contact, sql, contact.id, device);
  }

  #sendAgain(contact: ContactEntry, sql: string, ...values: number[]): void {
    const { database, outboxRows, outbox, ownContents, timers } = this.#parts;
    if (contact.role !== 'person' || contact.status === 'blocked') return;
    for (const row of database.store.all(sql, ...values)) {
      const kind = Number(row['kind']) as OutboxKind;
      const contentId = row['content_id'] as Uint8Array;
      const device = Number(row['device']);
      const content = ownContents.find(contact.id, contentId);
      const isOrdered = kind === KIND.text || kind === KIND.amend;
      if (isOrdered ? content === null : kind !== KIND.hello) continue;
      outboxRows.takeBack(contact.id, device, contentId);
      const sentAt = content === null ? timers.now() : sentAtOf(content);
      outbox.plan(contact, contentId, kind, { sentAt }, device);
    }
  }
}
