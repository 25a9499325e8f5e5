/**
 * Making words be gone: from the row, the search index, the outbox, and from the pages of the database that held
 * them (ENG-23). What stays is a row that says that there was something.
 */
import type { AmendmentRow, AmendmentRows } from '../amendments/amendment-rows.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { EventStream } from '../event-stream.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import type { OutboxKind, OutboxRows } from '../outbox/outbox-rows.ts';
import { toHex } from '../store/hex.ts';
import type { History } from './history.ts';
import type { MessageRow } from './message-row.ts';
import type { Search } from './search.ts';

/** A row that is not shown any more is remembered so long, as no envelope can come again after it. */
const REMEMBERED_MS = 60 * 86_400_000;

export interface WipingParts {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly history: History;
  readonly amendments: AmendmentRows;
  readonly search: Search;
  readonly events: EventStream;
  readonly rows: OutboxRows;
  readonly outbox: Pick<Outbox, 'plan'>;
}

export class Wiping {
  readonly #parts: WipingParts;

  constructor(parts: WipingParts) {
    this.#parts = parts;
  }

  /** Its author took it back: a placeholder stays. Inside a transaction. */
  takeBack(row: MessageRow): void {
    const { database, history } = this.#parts;
    const { sentAt, receivedAt } = row.record;
    this.#clear(row);
    history.setRecord(row.position, { deleted: true, sentAt, receivedAt });
    database.store.run('UPDATE message SET reply_to = NULL WHERE position = ?', row.position);
    history.tellContent(row.contact, row.contentId);
  }

  /** Nothing of it is shown any more. Inside a transaction. */
  remove(row: MessageRow, nowMs: number): void {
    const { database, history, contacts, events } = this.#parts;
    const { sentAt, receivedAt } = row.record;
    this.#clear(row);
    history.setRecord(row.position, { sentAt, receivedAt });
    database.store.run(
      'UPDATE message SET hidden = 1, reply_to = NULL, disappear = 0, expires_at = ? WHERE position = ?',
      nowMs,
      row.position,
    );
    history.tellContent(row.contact, row.contentId);
    const { position } = row;
    const conversation = contacts.byId(row.contact)?.address ?? '';
    events.emit(() => ({ type: 'removed', conversation, id: toHex(row.contentId), position }));
  }

  /** Own changes to a message that later ones took the place of. */
  replaceOwn(contact: ContactEntry, target: Uint8Array, kind: 'edit' | 'reaction'): void {
    for (const row of this.#parts.amendments.about(contact.id, target)) {
      if (row.author === 'self' && row.record.amendment?.kind === kind) this.#clearAmendment(contact, row);
    }
    this.#parts.database.scrub();
  }

  /** Words that were written over leave the files too. */
  scrub(): void {
    this.#parts.database.scrub();
  }

  /** Forgets rows that were hidden long ago. */
  prune(nowMs: number): void {
    const { store } = this.#parts.database;
    store.run('DELETE FROM message WHERE hidden = 1 AND expires_at BETWEEN 1 AND ?', nowMs - REMEMBERED_MS);
  }

  #clear(row: MessageRow): void {
    const { database, contacts, amendments, search } = this.#parts;
    const contact = contacts.byId(row.contact);
    search.remove(row.position);
    const unread = database.store.get('SELECT unread FROM message WHERE position = ?', row.position)?.['unread'];
    if (unread === 1) {
      database.store.run('UPDATE message SET unread = 0, state = 4 WHERE position = ?', row.position);
      contacts.noteActivity(row.contact, { unread: contacts.unread(row.contact) - 1 });
    }
    if (contact !== null) {
      if (row.outgoing && !this.#withdraw(contact, row.contentId, KIND.text, row.order, row.record.sentAt)) {
        // Nobody has it and nobody will: it does not count as waiting.
        database.store.run('UPDATE message SET state = 5, problem = 0 WHERE position = ? AND state < 2', row.position);
      }
      for (const amendment of amendments.about(contact.id, row.contentId)) this.#clearAmendment(contact, amendment);
    }
    database.scrub();
  }

  #clearAmendment(contact: ContactEntry, row: AmendmentRow): void {
    const { amendments } = this.#parts;
    // A deletion says no words, and still has to get there.
    if (row.record.amendment?.kind === 'delete') return;
    if (row.author === 'them') return amendments.remove(row.number);
    this.#withdraw(contact, row.contentId, KIND.amend, row.order, row.record.stamp.sentAt);
    if (row.order === 0) amendments.remove(row.number);
    else amendments.wipe(row);
  }

  /**
   * What was not handed over yet is not sent any more. Where it had an order, the other side learns that nothing comes
   * in its place. @returns whether something is still sent
   */
  #withdraw(contact: ContactEntry, contentId: Uint8Array, kind: OutboxKind, order: number, sentAt: number): boolean {
    const { rows, outbox } = this.#parts;
    const replace = order > 0 && rows.isUnstored(contact.id, contentId);
    rows.removeContent(contact.id, contentId);
    if (replace) outbox.plan(contact, contentId, kind, { sentAt });
    return replace;
  }
}
