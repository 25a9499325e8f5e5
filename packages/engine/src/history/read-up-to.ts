/** A conversation was looked at on this device. */
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import { markRead } from './history-pages.ts';

/** Its writer, if the person wishes it, and the account's other devices learn it. */
export function readUpTo(parts: EngineParts, contact: ContactEntry, upTo: number): void {
  const { database, contacts, history, receipts, profile, timers, expiry, ownSide } = parts;
  database.transaction(() => {
    const read = markRead(database, contacts, history, contact, upTo, timers.now());
    expiry.start();
    if (profile.current.readReceipts) receipts.note(contact, read, 'read');
    ownSide.sync.read(contact, read);
  });
}
