/** What became of an envelope, written into the rows and shown in the history (ENG-4, ENG-6). */
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { Encryption } from './encryption.ts';
import type { History } from '../history/history.ts';
import type { MessageRow } from '../history/message-row.ts';
import { KIND } from './outbox-rows.ts';
import type { OutboxKind, OutboxRows, SealedRow } from './outbox-rows.ts';
import type { Problem } from '../history/problems.ts';
import type { SendingProblem } from './sending-problem.ts';
import type { Timers } from '../timers.ts';

/** Without the recipient's receipt, an envelope is stored again after this time. */
const STORE_AGAIN_MS = 24 * 3_600_000;

export class Outcomes {
  readonly #database: Database;
  readonly #timers: Timers;
  readonly #contacts: Contacts;
  readonly #history: History;
  readonly #rows: OutboxRows;
  readonly #encryption: Encryption;
  /** Positions of failed messages that certainly reached nobody and still hold an order. */
  readonly #returnable = new Set<number>();

  constructor(parts: {
    database: Database;
    timers: Timers;
    contacts: Contacts;
    history: History;
    rows: OutboxRows;
    encryption: Encryption;
  }) {
    this.#database = parts.database;
    this.#timers = parts.timers;
    this.#contacts = parts.contacts;
    this.#history = parts.history;
    this.#rows = parts.rows;
    this.#encryption = parts.encryption;
  }

  /** A node stored it, or a live node's recipient took it. */
  arrived(contact: ContactEntry, row: SealedRow, result: 'stored' | 'delivered'): void {
    if (contact.requestToken !== null && contact.capability === null) {
      this.#contacts.update(contact, { requestToken: null });
    }
    if (result === 'delivered') {
      this.confirmed(contact, row.device, row.contentId, 'delivered');
    } else if (row.kind === KIND.receipt || row.kind === KIND.askAgain) {
      this.#rows.remove(row.id);
    } else {
      this.#rows.markStored(row.id, this.#timers.now() + STORE_AGAIN_MS);
      const message = this.#messageOf(contact, row.contentId);
      if (message !== null) this.#history.setState(message, 'stored', { storedOn: 1 });
    }
  }

  /** The recipient's device says that it has this content, or that it was read. */
  confirmed(contact: ContactEntry, device: number, contentId: Uint8Array, state: 'delivered' | 'read'): void {
    const told = this.#rows.confirm(contact.id, device, contentId);
    if (told !== null && told > contact.told) this.#contacts.update(contact, { told });
    const message = this.#messageOf(contact, contentId);
    if (message !== null) this.#history.setState(message, state);
  }

  /** It will not get there by itself; with other devices still on their way, the message goes on. */
  fail(contact: ContactEntry, contentId: Uint8Array, kind: OutboxKind, problem: SendingProblem, row?: SealedRow): void {
    if (kind !== KIND.text || this.#rows.remaining(contact.id, contentId) > 0) return;
    const message = this.#messageOf(contact, contentId);
    if (message === null) return;
    if (!this.#history.setState(message, 'failed', { problem: problem.problem }) || !problem.certain) return;
    if (row?.uncertain !== true) this.#returnOrders(message);
  }

  /** The last orders given, when nobody can have seen them, are given again: the other end would wait for them. */
  #returnOrders(message: MessageRow): void {
    this.#returnable.add(message.position);
    let last: MessageRow | null = message;
    while (last !== null && this.#returnable.has(last.position) && this.#encryption.releaseOrder(last)) {
      this.#returnable.delete(last.position);
      last = this.#history.outgoingByOrder(last.contact, last.order - 1);
    }
  }

  /** Why it still waits. @param uncertain it was handed over, but no answer came */
  explain(contact: ContactEntry, contentId: Uint8Array, problem: Problem, uncertain = false): void {
    const message = this.#messageOf(contact, contentId);
    if (message === null) return;
    if (uncertain) this.#history.setState(message, 'sent');
    else this.#history.setState(message, message.state, { problem });
  }

  /** Gives up what nobody fetched in time. */
  expire(nowMs: number): void {
    const expired = this.#rows.expired(nowMs);
    if (expired.length === 0) return;
    this.#database.transaction(() => {
      for (const { id, contact, contentId, kind } of expired) {
        this.#rows.remove(id);
        const entry = this.#contacts.byId(contact);
        if (entry === null || kind !== KIND.text || this.#rows.remaining(contact, contentId) > 0) continue;
        const message = this.#messageOf(entry, contentId);
        if (message !== null) this.#history.setState(message, 'failed', { problem: 'expired' });
      }
    });
  }

  #messageOf(contact: ContactEntry, contentId: Uint8Array): MessageRow | null {
    const message = this.#history.byContent(contact.id, contentId);
    return message?.outgoing === true ? message : null;
  }
}
