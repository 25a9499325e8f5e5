/** A person's own messages: written down, and sent again. */
import { EngineError } from '../api.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { MessageRow } from '../history/message-row.ts';
import { fromHex } from '../store/hex.ts';
import { KIND } from './outbox-rows.ts';

/** One transaction writes the history row and the outbox row; the screen shows it at once (ENG-2). */
export function writeMessage(
  { database, history, outbox, search, typing, own, timers }: EngineParts,
  contact: ContactEntry,
  contentId: Uint8Array,
  text: string,
): MessageRow {
  const sentAt = timers.now();
  const record = { text, sentAt, receivedAt: sentAt };
  const device = own.device.device;
  const row = database.transaction(() => {
    const message = { contentId, outgoing: true, unread: false, state: 'waiting' as const, device, order: 0, record };
    const written = history.insert(contact, message);
    outbox.plan(contact, contentId, KIND.text, { sentAt });
    search.add(written);
    return written;
  });
  typing.sent(contact);
  return row;
}

/** A failed message starts again; another one is left as it is. @throws EngineError('not-found' | 'blocked' | 'bad-input') */
export function resendMessage({ database, history, contacts, outbox }: EngineParts, id: string): MessageRow {
  const [row] = history.select('WHERE content_id = ? AND outgoing = 1 LIMIT 1', messageId(id));
  const contact = row === undefined ? null : contacts.byId(row.contact);
  if (row === undefined || contact === null) throw new EngineError('not-found', 'There is no such message of yours.');
  if (contact.status === 'blocked') throw new EngineError('blocked', 'You blocked this contact.');
  if (row.state === 'failed') {
    database.transaction(() => {
      history.restart(row);
      outbox.plan(contact, row.contentId, KIND.text, { sentAt: row.record.sentAt });
    });
  }
  return history.byPosition(row.position) ?? row;
}

/** @throws EngineError('bad-input') */
export function messageId(text: string): Uint8Array {
  const id = fromHex(text);
  if (id?.length !== 16) throw new EngineError('bad-input', 'A message id is 32 hex digits.');
  return id;
}
