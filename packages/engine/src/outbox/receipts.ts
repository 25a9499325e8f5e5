/**
 * Telling the sender that a message is here, or was read. Batched and delayed by a random bit: a prompt answer to
 * a sealed message would tell a watching node who wrote it (network.md, rule 7; ENG-10).
 */
import { between } from '../backoff.ts';
import { STATUS_NUMBERS } from '../contacts/contacts.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import { KIND } from './outbox-rows.ts';
import type { Outbox } from './outbox.ts';
import type { Random } from '../ports.ts';
import type { Timers } from '../timers.ts';

const MIN_DELAY_MS = 200;
const MAX_DELAY_MS = 1200;
const SELF_MIN_MS = 1000;
const SELF_MAX_MS = 30_000;
/** Ids in one receipt. */
const MAX_IDS = 500;
const KINDS = { delivered: 1, read: 2 } as const;
const NOT_A_REQUEST = `contact NOT IN (SELECT id FROM contact WHERE status = ${STATUS_NUMBERS.request})`;

export class Receipts {
  readonly #database: Database;
  readonly #timers: Timers;
  readonly #random: Random;
  readonly #contacts: Contacts;
  readonly #outbox: Outbox;
  #cancel: (() => void) | null = null;

  constructor(database: Database, timers: Timers, random: Random, contacts: Contacts, outbox: Outbox) {
    this.#database = database;
    this.#timers = timers;
    this.#random = random;
    this.#contacts = contacts;
    this.#outbox = outbox;
  }

  /**
   * Notes a receipt to be sent, in the transaction that stored what it is for. What a stranger sent is confirmed when he
   * is accepted (it may be gone from the history by then); that it was read before is not told.
   */
  note(contact: ContactEntry, contentIds: readonly Uint8Array[], kind: 'delivered' | 'read'): void {
    const told = contact.status === 'accepted' || (contact.status === 'request' && kind === 'delivered');
    if (!told || contentIds.length === 0) return;
    for (const id of contentIds) {
      this.#database.store.run(
        // A placeholder is not the message: that is asked for still.
        `INSERT OR IGNORE INTO receipt_due (contact, content_id, kind) SELECT ?1, ?2, ?3
         WHERE NOT EXISTS (SELECT 1 FROM repair_content WHERE contact = ?1 AND content_id = ?2)`,
        contact.id,
        id,
        KINDS[kind],
      );
    }
    this.#database.afterCommit(() => this.start());
  }

  /** Sends what is due after the usual delay. */
  start(): void {
    if (this.#cancel !== null) return;
    if (this.#database.store.get(`SELECT 1 AS found FROM receipt_due WHERE ${NOT_A_REQUEST} LIMIT 1`) === undefined)
      return;
    this.#cancel = this.#timers.after(between(this.#random, MIN_DELAY_MS, MAX_DELAY_MS), () => {
      this.#cancel = null;
      try {
        this.#send();
      } finally {
        this.start();
      }
    });
  }

  /** Whether anything is to be confirmed to this contact, now or once he is accepted. */
  isDue(contact: number): boolean {
    return (
      this.#database.store.get('SELECT 1 AS found FROM receipt_due WHERE contact = ? LIMIT 1', contact) !== undefined
    );
  }

  isIdle(): boolean {
    return this.#cancel === null;
  }

  #send(): void {
    this.#database.transaction(() => {
      for (const row of this.#database.store.all(
        `SELECT DISTINCT contact, kind FROM receipt_due WHERE ${NOT_A_REQUEST}`,
      )) {
        this.#sendTo(Number(row['contact']), Number(row['kind']));
      }
    });
  }

  #sendTo(contactId: number, kind: number): void {
    const rows = this.#database.store.all(
      'SELECT content_id FROM receipt_due WHERE contact = ? AND kind = ? LIMIT ?',
      contactId,
      kind,
      MAX_IDS,
    );
    const ids = rows.map((row) => row['content_id'] as Uint8Array);
    const contact = this.#contacts.byId(contactId);
    if (contact?.status === 'accepted') {
      const nowMs = this.#timers.now();
      const payload = { sentAt: nowMs, receipt: kind === KINDS.read ? ('read' as const) : ('delivered' as const), ids };
      // To other own devices as late as copies: a prompt one would show which envelope was a copy (DEV-9).
      const notBefore = contact.role === 'self' ? nowMs + between(this.#random, SELF_MIN_MS, SELF_MAX_MS) : 0;
      this.#outbox.plan(contact, this.#random(16), KIND.receipt, payload, 0, notBefore);
    }
    for (const id of ids) {
      this.#database.store.run(
        'DELETE FROM receipt_due WHERE contact = ? AND content_id = ? AND kind = ?',
        contactId,
        id,
        kind,
      );
    }
  }
}
