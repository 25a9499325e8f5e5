/** What was said: one row a message, its words sealed. */
import type { Message, MessageState } from '../api.ts';
import { AmendmentRows } from '../amendments/amendment-rows.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { EventStream } from '../event-stream.ts';
import { MESSAGE_COLUMNS, StoredRow } from './message-row.ts';
import type { MessageRecord, MessageRow, StoredAt } from './message-row.ts';
import { mayBecome, stateNumber } from './message-state.ts';
import { describeMessage } from './message-view.ts';
import type { Self } from './message-view.ts';
import { problemNumber } from './problems.ts';
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
  /** Seconds; 0: it stays. */
  readonly disappear?: number;
  /** ms since 1970; 0: its time does not run yet. */
  readonly expiresAt?: number;
  readonly replyTo?: Uint8Array | null;
  readonly record: MessageRecord;
}

/** What an attempt found. */
export interface NewlyStored extends StoredAt {
  /** It was stored before, perhaps by others: only what was found now counts. */
  readonly isAnew: boolean;
}

export interface StateDetails {
  readonly problem?: Problem;
  readonly stored?: NewlyStored;
}

export class History {
  readonly #database: Database;
  readonly #contacts: Contacts;
  readonly #events: EventStream;
  readonly #amendments: AmendmentRows;
  readonly #self: Self;
  /** Handed to a node, no receipt yet: after a restart it is waiting again. */
  readonly #sent = new Set<number>();

  constructor(database: Database, contacts: Contacts, events: EventStream, self: Self) {
    this.#database = database;
    this.#contacts = contacts;
    this.#events = events;
    this.#amendments = new AmendmentRows(database);
    this.#self = self;
    for (const { contact, record } of this.#newestOfEach()) {
      contacts.noteActivity(contact, { lastAt: record.receivedAt });
    }
  }

  /** Positions rise by one a message; `count` of them are set aside together. */
  takePositions(count: number): number {
    return this.#database.next('position', count);
  }

  /** Writes a row (inside the caller's transaction) and tells it. */
  insert(contact: ContactEntry, message: NewMessage, position = this.takePositions(1)): MessageRow {
    const { contentId, outgoing, unread, state, device, order, lastOrder = order, gap = false, record } = message;
    const { disappear = 0, expiresAt = 0, replyTo = null } = message;
    const place = { position, contact: contact.id, contentId, outgoing, state, device, order, lastOrder, gap };
    const row: MessageRow = {
      ...place,
      storedOn: 0,
      storedAt: null,
      problem: 0,
      hidden: false,
      disappear,
      expiresAt,
      replyTo,
      record,
    };
    this.#database.transaction(() => {
      this.#database.store.run(
        `INSERT INTO message (position, contact, content_id, outgoing, state, unread, device, ord, ord_end, gap, stored_on, problem, disappear, expires_at, reply_to, sealed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?)`,
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
        disappear,
        expiresAt,
        replyTo,
        this.#database.rows.sealRecord('message', position, record),
      );
      this.#contacts.noteActivity(contact.id, {
        lastAt: record.receivedAt,
        ...(unread ? { unread: this.#contacts.unread(contact.id) + 1 } : {}),
      });
      // As it is when the transaction ends: what waited for it may have changed it.
      this.tell('message', position);
    });
    return row;
  }

  /** Another record under the same position: a placeholder that became a message. */
  fill(
    row: MessageRow,
    {
      record,
      order,
      device,
      disappear,
      replyTo,
    }: Pick<Required<NewMessage>, 'record' | 'order' | 'device' | 'disappear' | 'replyTo'>,
  ): void {
    this.#database.store.run(
      'UPDATE message SET sealed = ?, ord = ?, ord_end = ?, device = ?, disappear = ?, reply_to = ? WHERE position = ?',
      this.#database.rows.sealRecord('message', row.position, record),
      order,
      order,
      device,
      disappear,
      replyTo,
      row.position,
    );
    this.tell('message', row.position);
  }

  /** A placeholder that is not needed any more: listeners are told of a gap of 0. */
  remove(row: MessageRow): void {
    const message = { ...this.toApi(row), content: { gap: 0 } };
    const unread = this.#database.store.get('SELECT unread FROM message WHERE position = ?', row.position)?.['unread'];
    this.#database.store.run('DELETE FROM message WHERE position = ?', row.position);
    if (unread === 1) this.#contacts.noteActivity(row.contact, { unread: this.#contacts.unread(row.contact) - 1 });
    this.#events.emit(() => ({ type: 'changed', message }));
  }

  setOrder(position: number, order: number): void {
    this.#database.store.run('UPDATE message SET ord = ?, ord_end = ? WHERE position = ?', order, order, position);
  }

  /** @returns whether the state changed; a step back is ignored (ENG-4). */
  setState(row: MessageRow, to: MessageState, more: StateDetails = {}): boolean {
    const now = this.byPosition(row.position);
    if (now === null) return false;
    if (more.stored !== undefined) this.#setStored(now, more.stored);
    const from = this.#shownState(now);
    const problem = problemNumber(more.problem ?? 'none');
    if (to === 'sent' && from === 'waiting') {
      this.#sent.add(now.position);
    } else if (mayBecome(from, to) || (from === to && problem !== now.problem)) {
      this.#database.store.run(
        'UPDATE message SET state = ?, problem = ? WHERE position = ?',
        stateNumber(to),
        problem,
        now.position,
      );
      this.#database.afterCommit(() => this.#sent.delete(now.position));
    } else {
      return false;
    }
    this.tell('changed', now.position);
    return true;
  }

  /** Which nodes have it. A message to several devices is at the nodes of all of them. */
  noteStored(row: MessageRow, stored: NewlyStored): void {
    const now = this.byPosition(row.position);
    if (now !== null && this.#setStored(now, stored)) this.tell('changed', now.position);
  }

  #setStored(row: MessageRow, { nodes, of, isAnew }: NewlyStored): boolean {
    const before = row.storedAt;
    const all = [...new Set([...(isAnew ? [] : (before?.nodes ?? [])), ...nodes])].sort();
    if (before?.of === of && before.nodes.join() === all.join()) return false;
    const { position } = row;
    const sealed = this.#database.rows.sealRecord('message-nodes', position, { nodes: all, of } satisfies StoredAt);
    this.#database.store.run(
      'UPDATE message SET stored_on = ?, stored_nodes = ? WHERE position = ?',
      all.length,
      sealed,
      position,
    );
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

  /** Position of the first message of a contact that is unread. */
  firstUnread(contact: number): number | null {
    const sql = 'SELECT min(position) AS first FROM message WHERE contact = ? AND unread = 1 AND hidden = 0';
    const first = this.#database.store.get(sql, contact)?.['first'];
    return typeof first === 'number' ? first : null;
  }

  /** An own message by the order that an own device gave it. */
  outgoingByOrder(contact: number, device: number, order: number): MessageRow | null {
    return this.#one(
      `SELECT ${MESSAGE_COLUMNS} FROM message WHERE contact = ? AND device = ? AND ord = ? AND outgoing = 1 AND ord > 0`,
      contact,
      device,
      order,
    );
  }

  /** The first order that the own device gave after this one. */
  nextOwnOrder(contact: number, device: number, order: number): number | null {
    const sql =
      'SELECT min(ord) AS ord FROM message WHERE contact = ? AND device = ? AND ord > ? AND ord > 0 AND outgoing = 1';
    const found = this.#database.store.get(sql, contact, device, order)?.['ord'];
    return typeof found === 'number' ? found : null;
  }

  /** Rows of the query `where`, in its order. Only for the modules of the history. */
  select(where: string, ...values: (number | Uint8Array)[]): MessageRow[] {
    return this.#database.store
      .all(`SELECT ${MESSAGE_COLUMNS} FROM message ${where}`, ...values)
      .map((row) => new StoredRow(this.#database, row));
  }

  /** Outgoing messages, and changes to messages, that no node has stored yet. */
  waiting(): number {
    const row = this.#database.store.get('SELECT count(*) AS n FROM message WHERE outgoing = 1 AND state < 2');
    return Number(row?.['n'] ?? 0) + this.#amendments.waiting();
  }

  toApi(row: MessageRow): Message {
    return describeMessage(
      { ...this.#self, contacts: this.#contacts, amendments: this.#amendments, history: this },
      row,
      this.#shownState(row),
    );
  }

  /** Emits the row as it is after the commit. */
  tell(type: 'message' | 'changed', position: number): void {
    this.#events.emit(() => {
      const row = this.byPosition(position);
      return row === null || row.hidden ? null : { type, message: this.toApi(row) };
    });
  }

  /** Emits the message with this content, and those that quote it, as they are after the commit. */
  tellContent(contact: number, contentId: Uint8Array): void {
    const row = this.byContent(contact, contentId);
    if (row !== null) this.tell('changed', row.position);
    for (const { position } of this.select('WHERE contact = ? AND reply_to = ?', contact, contentId)) {
      this.tell('changed', position);
    }
  }

  /** Another record in the place of what was known of a message. It is not told. */
  setRecord(position: number, record: MessageRecord): void {
    this.#database.store.run(
      'UPDATE message SET sealed = ? WHERE position = ?',
      this.#database.rows.sealRecord('message', position, record),
      position,
    );
  }

  /** Starts the time after which it disappears, unless it stays or its time runs already. */
  startTime(position: number, nowMs: number): void {
    this.#database.store.run(
      'UPDATE message SET expires_at = ? + 1000 * disappear WHERE position = ? AND disappear > 0 AND expires_at = 0',
      nowMs,
      position,
    );
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
