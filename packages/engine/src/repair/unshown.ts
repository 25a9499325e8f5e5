/**
 * A contact could not open something of ours that was no message: most likely a receipt, or a question. Neither is
 * kept once a node has it, so what they would say now is said again (ENG-42).
 */
import type { ContactEntry } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { Profile } from '../account/profile.ts';
import type { Receipts } from '../outbox/receipts.ts';
import type { Repair } from './repair.ts';
import type { Timers } from '../timers.ts';

/** Newest messages of a contact that are confirmed again. */
const MAX_CONFIRMED = 200;
/** Once in this time for each contact. */
const PAUSE_MS = 10_000;

export class Unshown {
  readonly #database: Database;
  readonly #timers: Timers;
  readonly #profile: Profile;
  readonly #receipts: Receipts;
  readonly #repair: Repair;
  readonly #said = new Map<number, number>();

  constructor(parts: { database: Database; timers: Timers; profile: Profile; receipts: Receipts; repair: Repair }) {
    this.#database = parts.database;
    this.#timers = parts.timers;
    this.#profile = parts.profile;
    this.#receipts = parts.receipts;
    this.#repair = parts.repair;
  }

  /** Inside the inbox's transaction. */
  sayAgain(contact: ContactEntry, device: number): void {
    const nowMs = this.#timers.now();
    this.#repair.repeatQuestion(contact, device, nowMs);
    if (nowMs - (this.#said.get(contact.id) ?? -PAUSE_MS) < PAUSE_MS) return;
    this.#said.set(contact.id, nowMs);
    const rows = this.#database.store.all(
      'SELECT content_id, unread FROM message WHERE contact = ? AND outgoing = 0 AND gap = 0 ORDER BY position DESC LIMIT ?',
      contact.id,
      MAX_CONFIRMED,
    );
    const ids = (those: typeof rows): Uint8Array[] => those.map((row) => row['content_id'] as Uint8Array);
    this.#receipts.note(contact, ids(rows), 'delivered');
    if (!this.#profile.current.readReceipts) return;
    this.#receipts.note(contact, ids(rows.filter((row) => row['unread'] === 0)), 'read');
  }
}
