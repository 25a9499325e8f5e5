/**
 * What edits, deletions and reactions do to the message they are about. Their effect does not depend on the order in
 * which they come: the latest counts, a deletion for ever, and what comes before its message waits for it (ENG-21).
 */
import type { ContactEntry } from '../contacts/contacts.ts';
import type { History } from '../history/history.ts';
import type { MessageRow, ReactionRecord } from '../history/message-row.ts';
import type { Search } from '../history/search.ts';
import type { Wiping } from '../history/wiping.ts';
import type { Amendment, Author } from './amendment.ts';
import type { AmendmentRows } from './amendment-rows.ts';
import { isLater } from './stamp.ts';
import type { Stamp } from './stamp.ts';

export interface GivenAmendment {
  readonly contentId: Uint8Array;
  readonly author: Author;
  readonly device: number;
  readonly amendment: Amendment;
  readonly stamp: Stamp;
}

export class Amending {
  readonly #history: History;
  readonly #amendments: AmendmentRows;
  readonly #search: Search;
  readonly #wiping: Wiping;

  constructor(history: History, amendments: AmendmentRows, search: Search, wiping: Wiping) {
    this.#history = history;
    this.#amendments = amendments;
    this.#search = search;
    this.#wiping = wiping;
  }

  /** One that came, from the contact or from another own device. Inside a transaction. */
  take(contact: ContactEntry, given: GivenAmendment): void {
    const { amendment, author, stamp } = given;
    const target = this.#history.byContent(contact.id, amendment.target);
    const waits = target === null || (target.record.undecryptable === true && amendment.kind !== 'delete');
    this.#amendments.insert({ ...given, contact: contact.id, state: 'delivered', waits });
    if (!waits) this.apply(target, author, amendment, stamp);
  }

  /** The message is here now: what waited for it takes effect. Inside a transaction. */
  catchUp(contact: ContactEntry, target: Uint8Array): void {
    for (const { author, record } of this.#amendments.takeWaiting(contact.id, target)) {
      const row = this.#history.byContent(contact.id, target);
      if (row !== null && record.amendment !== undefined) this.apply(row, author, record.amendment, record.stamp);
    }
  }

  /** Somebody else's edits and deletions, and what cannot be changed any more, are passed over. */
  apply(target: MessageRow, author: Author, amendment: Amendment, stamp: Stamp): void {
    if (target.hidden || target.gap || target.record.deleted === true) return;
    const isOwn = author === (target.outgoing ? 'self' : 'them');
    switch (amendment.kind) {
      case 'edit':
        return isOwn ? this.#edit(target, amendment.text, stamp) : undefined;
      case 'delete':
        return isOwn ? this.#wiping.takeBack(target) : undefined;
      case 'reaction':
        return this.#react(target, { author, emoji: amendment.emoji, stamp });
    }
  }

  #edit(target: MessageRow, text: string, stamp: Stamp): void {
    const { record } = target;
    if (record.text === undefined || text === '' || !isLater(stamp, record.edit)) return;
    const changed = { ...record, text, edit: stamp };
    this.#history.setRecord(target.position, changed);
    this.#search.add({ position: target.position, contact: target.contact, record: changed });
    this.#wiping.scrub();
    this.#history.tellContent(target.contact, target.contentId);
  }

  #react(target: MessageRow, reaction: ReactionRecord): void {
    const { record } = target;
    if (record.timer !== undefined) return;
    const others = record.reactions?.filter(({ author }) => author !== reaction.author) ?? [];
    const before = record.reactions?.find(({ author }) => author === reaction.author);
    if (!isLater(reaction.stamp, before?.stamp)) return;
    this.#history.setRecord(target.position, { ...record, reactions: [...others, reaction] });
    this.#history.tellContent(target.contact, target.contentId);
  }
}
