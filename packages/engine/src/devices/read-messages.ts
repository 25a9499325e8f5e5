/** Messages that were read on another device of the account are read here as well; nobody is told. */
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import { stateNumber } from '../history/message-state.ts';

/** Inside a transaction. */
export function readMessages(parts: EngineParts, contact: ContactEntry, ids: readonly Uint8Array[]): void {
  const { database, contacts, history, timers, expiry } = parts;
  for (const id of ids) {
    const row = history.byContent(contact.id, id);
    if (row === null || row.outgoing || row.gap) continue;
    const { store } = database;
    const unread = store.get('SELECT unread FROM message WHERE position = ?', row.position)?.['unread'] === 1;
    if (!unread) continue;
    const sql = 'UPDATE message SET unread = 0, state = ? WHERE position = ?';
    store.run(sql, stateNumber('read'), row.position);
    contacts.noteActivity(contact.id, { unread: contacts.unread(contact.id) - 1 });
    history.startTime(row.position, timers.now());
    history.tell('changed', row.position);
  }
  expiry.start();
}
