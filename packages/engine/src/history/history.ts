/** What was said: one row a message, its words sealed. */
import type { Message, MessageState } from '../api.ts';
import { nameOf } from '../contacts/contacts.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { EventStream } from '../event-stream.ts';
import { toHex } from '../store/hex.ts';
import { MESSAGE_COLUMNS, contentOf, StoredRow } from './message-row.ts';
import type { MessageRecord, MessageRow } from './message-row.ts';
import { mayBecome, stateNumber } from './message-state.ts';
import { problemNumber, problemWords } from './problems.ts';
import type { Problem } from './problems.ts';

export interface NewMessage {
  readonly contentId: Uint8Array;
  readonly outgoing: boolean;
  readonly unread: boolean;
  readonly state: MessageState;
  readonly device: number;
  readonly order: number;
  readonly lastOrder?: number;
  readonly gap?: boolean;
  readonly record: MessageRecord;
}

export class History {
  readonly #database: Database;
  readonly #contacts: Contacts;
  readonly #events: EventStream;
  readonly #self: { readonly address: string; name(): string };
  /** Handed to a node, no receipt yet: after a restart it is waiting again. */
  readonly #sent = new Set<number>();

  constructor(
    database: Database,
    contacts: Contacts,
    events: EventStream,
    self: { readonly address: string; name(): string },
  ) {
    this.#database = database;
    this.#contacts = contacts;
    this.#events = events;
    this.#self = self;
    for (const { contact, record } of this.#newestOfEach()) {
      contacts.noteActivity(contact, { lastAt: Math.max(record.sentAt, record.receivedAt) });
    }
  }

  /** Positions rise by one a message; `count` of them are set aside together. */
  takePositions(count: number): number {
    return this.#database.next('position', count);
  }

  /** Writes a row (inside the caller's transaction) and tells it. */
  insert(contact: ContactEntry, message: NewMessage, position = this.takePositions(1)): MessageRow {
    const { contentId, outgoing, unread, state, device, order, lastOrder = order, gap = false, record } = message;
    const place = { position, contact: contact.id, contentId, outgoing, state, device, order, lastOrder, gap };
    const row: MessageRow = { ...place, storedOn: 0, problem: 0, record };
    this.#database.transaction(() => {
      this.#database.store.run(
        `INSERT INTO message (position, contact, content_id, outgoing, state, unread, device, ord, ord_end, gap, stored_on, problem, sealed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)`,
        position,
        contact.id,
        contentId,
        outgoing ? 1 : 0,
        stateNumber(state),
        unread ? 1 : 0,
        device,
        order,
        lastOrder,
        gap ? 1 : 0,
        this.#database.rows.sealRecord('message', position, record),
      );
      this.#contacts.noteActivity(contact.id, {
        lastAt: Math.max(record.sentAt, record.receivedAt),
        ...(unread ? { unread: this.#contacts.unread(contact.id) + 1 } : {}),
      });
      this.#events.emit(() => ({ type: 'message', message: this.toApi(row) }));
    });
    return row;
  }

  /** Another record under the same position: a placeholder that became a message. */
  replaceRecord(row: MessageRow, record: MessageRecord, order: number, device: number): void {
    this.#database.store.run(
      'UPDATE message SET sealed = ?, ord = ?, ord_end = ?, device = ? WHERE position = ?',
      this.#database.rows.sealRecord('message', row.position, record),
      order,
      order,
      device,
      row.position,
    );
    this.tell('message', row.position);
  }

  setOrder(position: number, order: number): void {
    this.#database.store.run('UPDATE message SET ord = ?, ord_end = ? WHERE position = ?', order, order, position);
  }

  /** @returns whether the state changed; a step back is ignored (ENG-4). */
  setState(row: MessageRow, to: MessageState, more: { problem?: Problem; storedOn?: number } = {}): boolean {
    const now = this.byPosition(row.position);
    if (now === null) return false;
    const from = this.#shownState(now);
    const problem = problemNumber(more.problem ?? 'none');
    if (to === 'sent' && from === 'waiting') {
      this.#sent.add(now.position);
    } else if (mayBecome(from, to) || (from === to && problem !== now.problem)) {
      this.#database.store.run(
        'UPDATE message SET state = ?, problem = ?, stored_on = max(stored_on, ?) WHERE position = ?',
        stateNumber(to),
        problem,
        more.storedOn ?? 0,
        now.position,
      );
      this.#database.afterCommit(() => this.#sent.delete(now.position));
    } else {
      return false;
    }
    this.tell('changed', now.position);
    return true;
  }

  /** A failed message starts again, under its old id and position. */
  restart(row: MessageRow): void {
    this.#database.store.run('UPDATE message SET state = 0, problem = 0 WHERE position = ?', row.position);
    this.#sent.delete(row.position);
    this.tell('changed', row.position);
  }

  byPosition(position: number): MessageRow | null {
    return this.#one(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE position = ?`, position);
  }

  byContent(contact: number, contentId: Uint8Array): MessageRow | null {
    return this.#one(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE contact = ? AND content_id = ?`, contact, contentId);
  }

  /** An own message by the order it was given. */
  outgoingByOrder(contact: number, order: number): MessageRow | null {
    return this.#one(
      `SELECT ${MESSAGE_COLUMNS} FROM message WHERE contact = ? AND ord = ? AND outgoing = 1 AND ord > 0`,
      contact,
      order,
    );
  }

  /** Rows of the query `where`, in its order. Only for the modules of the history. */
  select(where: string, ...values: (number | Uint8Array)[]): MessageRow[] {
    return this.#database.store
      .all(`SELECT ${MESSAGE_COLUMNS} FROM message ${where}`, ...values)
      .map((row) => new StoredRow(this.#database, row));
  }

  /** Outgoing messages no node has stored yet. */
  waiting(): number {
    const row = this.#database.store.get('SELECT count(*) AS n FROM message WHERE outgoing = 1 AND state < 2');
    return Number(row?.['n'] ?? 0);
  }

  toApi(row: MessageRow): Message {
    const contact = this.#contacts.byId(row.contact);
    const conversation = contact?.address ?? '';
    const problem = problemWords(row.problem);
    return {
      id: toHex(row.contentId),
      conversation,
      from: row.outgoing ? this.#self.address : conversation,
      name: row.outgoing ? this.#self.name() : contact === null ? '' : nameOf(contact),
      outgoing: row.outgoing,
      sentAt: row.record.sentAt,
      receivedAt: row.record.receivedAt,
      content: contentOf(row),
      state: this.#shownState(row),
      storedOn: row.storedOn,
      position: row.position,
      ...(problem === undefined ? {} : { problem }),
      ...(contact?.status === 'request' && !row.outgoing ? { request: true as const } : {}),
    };
  }

  /** Emits the row as it is after the commit. */
  tell(type: 'message' | 'changed', position: number): void {
    this.#events.emit(() => {
      const row = this.byPosition(position);
      return row === null ? null : { type, message: this.toApi(row) };
    });
  }

  #shownState(row: MessageRow): MessageState {
    return row.state === 'waiting' && this.#sent.has(row.position) ? 'sent' : row.state;
  }

  #newestOfEach(): MessageRow[] {
    return this.select('WHERE position IN (SELECT max(position) FROM message GROUP BY contact)');
  }

  #one(sql: string, ...values: (number | Uint8Array)[]): MessageRow | null {
    const row = this.#database.store.get(sql, ...values);
    return row === undefined ? null : new StoredRow(this.#database, row);
  }
}
