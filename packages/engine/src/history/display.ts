/** Contents whose turn it is, into the history: of a contact, or of another device of our own. */
import type { Content } from '@sotto/protocol/wire';
import { amendmentOf } from '../amendments/amendment.ts';
import type { Amendment, Author } from '../amendments/amendment.ts';
import type { Amending } from '../amendments/amending.ts';
import { canBeFollowed, isLater, stampOf } from '../amendments/stamp.ts';
import type { Stamp } from '../amendments/stamp.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { History } from './history.ts';
import type { MessageRow } from './message-row.ts';
import type { Arrival } from './ordering.ts';
import type { Search } from './search.ts';

/** What an ordered content says, as it is held until its turn. */
export type Saying =
  | { readonly text: string; readonly replyTo: Uint8Array | null; readonly disappear: number }
  | { readonly timer: number }
  | { readonly amendment: Amendment }
  /** Takes a place in the order, or all up to another one, and says that there is nothing to show. */
  | { readonly nothing: true; readonly until?: number }
  /** A kind of a later version. */
  | { readonly unknown: true };

/** Bytes are copied. */
export function sayingOf({ body }: Content): Saying {
  const amendment = amendmentOf(body);
  if (amendment !== null) return { amendment };
  switch (body.case) {
    case 'text': {
      const { text, replyTo, disappearAfter } = body.value;
      return { text, replyTo: replyTo.length === 16 ? replyTo.slice() : null, disappear: disappearAfter };
    }
    case 'timer':
      return { timer: body.value.seconds };
    case 'gone':
      return { nothing: true, until: Number(body.value.until) };
    default:
      return { unknown: true };
  }
}

/** @param nowMs when it came */
export const arrivalOf = (content: Content, device: number, nowMs: number): Arrival => ({
  contentId: content.id.slice(),
  device,
  order: Number(content.order),
  saying: sayingOf(content),
  sentAt: Number(content.sentAt),
  receivedAt: nowMs,
});

export interface DisplayParts {
  readonly contacts: Contacts;
  readonly history: History;
  readonly search: Search;
  readonly amending: Amending;
  /** The time of a message that disappears has begun. */
  readonly onTimeRuns: () => void;
}

export class Display {
  readonly #parts: DisplayParts;

  constructor(parts: DisplayParts) {
    this.#parts = parts;
  }

  /**
   * Shows what an arrival says, or lets it change what is shown. Inside a transaction. The same content twice changes
   * nothing.
   * @param author `self`: written by this account on another of its devices
   * @param position null: at the end
   */
  show(contact: ContactEntry, author: Author, arrival: Arrival, position: number | null = null): void {
    const { saying, contentId, device } = arrival;
    const stamp = stampOf(contentId, arrival.sentAt, arrival.receivedAt);
    if ('nothing' in saying) return;
    if ('amendment' in saying) {
      return this.#parts.amending.take(contact, { contentId, author, device, amendment: saying.amendment, stamp });
    }
    // Held back under two orders, or from two devices: it is one content.
    const here = this.#parts.history.byContent(contact.id, contentId);
    if (here !== null) {
      // While it was held back, another copy of it did not open.
      if (author === 'them' && here.record.undecryptable === true) this.fill(contact, here, arrival);
      return;
    }
    if ('timer' in saying) this.#setTimer(contact, saying.timer, stamp, arrival.receivedAt);
    this.#insert(contact, author, arrival, position);
    this.#parts.amending.catchUp(contact, contentId);
  }

  /** What came could not be opened at first: its placeholder gives way. Inside a transaction. */
  fill(contact: ContactEntry, placeholder: MessageRow, arrival: Arrival): void {
    const { history, search, amending } = this.#parts;
    const { saying, contentId, device, order } = arrival;
    if (!('text' in saying)) {
      history.remove(placeholder);
      return this.show(contact, 'them', arrival, placeholder.position);
    }
    const { receivedAt } = placeholder.record;
    const record = { text: saying.text, sentAt: Math.min(arrival.sentAt, arrival.receivedAt), receivedAt };
    history.fill(placeholder, { record, order, device, disappear: saying.disappear, replyTo: saying.replyTo });
    search.add({ position: placeholder.position, contact: contact.id, record });
    amending.catchUp(contact, contentId);
  }

  #insert(contact: ContactEntry, author: Author, arrival: Arrival, position: number | null): void {
    const { history, search, onTimeRuns } = this.#parts;
    const { saying, contentId, device, order, receivedAt } = arrival;
    const sentAt = Math.min(arrival.sentAt, receivedAt);
    const times = { sentAt, receivedAt };
    const outgoing = author === 'self';
    const isText = 'text' in saying;
    const record = isText
      ? { text: saying.text, ...times }
      : 'timer' in saying
        ? { timer: saying.timer, ...times }
        : { unknown: true as const, ...times };
    const disappear = isText ? saying.disappear : 0;
    // The sender's time runs from the sending, the reader's when it is read.
    const expiresAt = outgoing && disappear > 0 ? sentAt + 1000 * disappear : 0;
    const row = history.insert(
      contact,
      {
        contentId,
        outgoing,
        unread: !outgoing && !('timer' in saying),
        state: outgoing ? 'stored' : 'timer' in saying ? 'read' : 'delivered',
        device,
        order,
        disappear,
        expiresAt,
        replyTo: isText ? saying.replyTo : null,
        record,
      },
      position ?? undefined,
    );
    search.add(row);
    if (expiresAt > 0) onTimeRuns();
  }

  #setTimer(contact: ContactEntry, seconds: number, stamp: Stamp, nowMs: number): void {
    const { contacts } = this.#parts;
    if (!canBeFollowed(stamp, nowMs)) return;
    const now = contacts.byId(contact.id) ?? contact;
    if (isLater(stamp, now.timer?.stamp)) contacts.update(now, { timer: { seconds, stamp } });
  }
}
