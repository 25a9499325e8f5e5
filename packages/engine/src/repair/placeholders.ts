/** Places in the history of what came and could not be opened. */
import type { ContactEntry } from '../contacts/contacts.ts';
import type { History } from '../history/history.ts';

/** Placeholders that one contact can cause in an hour: anybody can wrap rubbish in a contact's certificate. */
const MAX_AN_HOUR = 5;
const HOUR_MS = 3_600_000;

export class Placeholders {
  readonly #history: History;
  readonly #shown = new Map<number, { since: number; count: number }>();

  constructor(history: History) {
    this.#history = history;
  }

  /** Shows one, unless there were too many already. What is not shown is asked for all the same. */
  show(contact: ContactEntry, device: number, contentId: Uint8Array, nowMs: number): void {
    if (contact.role !== 'person' || contact.status !== 'accepted') return;
    if (this.#history.byContent(contact.id, contentId) !== null) return;
    const shown = this.#shown.get(contact.id);
    const recent = shown !== undefined && nowMs - shown.since < HOUR_MS ? shown : { since: nowMs, count: 0 };
    this.#shown.set(contact.id, { since: recent.since, count: recent.count + 1 });
    if (recent.count >= MAX_AN_HOUR) return;
    const record = { undecryptable: true as const, sentAt: nowMs, receivedAt: nowMs };
    const message = { contentId, outgoing: false, unread: true, state: 'delivered' as const, device, order: 0, record };
    this.#history.insert(contact, message);
  }

  /** It turned out to be nothing to be shown: its row goes, and listeners are told a gap of 0. */
  remove(contact: ContactEntry, device: number, contentId: Uint8Array): void {
    const row = this.#history.byContent(contact.id, contentId);
    if (row === null || row.outgoing || row.device !== device || row.record.undecryptable !== true) return;
    this.#history.remove(row);
  }
}
