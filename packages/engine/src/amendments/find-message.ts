import { EngineError } from '../api.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { MessageRow } from '../history/message-row.ts';
import { fromHex } from '../store/hex.ts';

export interface FoundMessage {
  readonly contact: ContactEntry;
  readonly row: MessageRow;
}

/**
 * The message with this id, which is shown. Own ones first: nobody else's counts in their place.
 * @throws EngineError('not-found' | 'bad-input')
 */
export function findMessage({ contacts, history }: EngineParts, id: string): FoundMessage {
  const contentId = messageId(id);
  let found: FoundMessage | null = null;
  for (const contact of contacts.all()) {
    const row = history.byContent(contact.id, contentId);
    if (row === null || row.hidden || row.gap) continue;
    if (row.outgoing) return { contact, row };
    found ??= { contact, row };
  }
  if (found === null) throw new EngineError('not-found', 'There is no such message.');
  return found;
}

/** @throws EngineError('bad-input') */
export function isHidden({ contacts, history }: EngineParts, id: string): boolean {
  const contentId = messageId(id);
  return contacts.all().some((contact) => history.byContent(contact.id, contentId)?.hidden === true);
}

/** The message of this conversation that is to be answered. @throws EngineError('not-found' | 'bad-input') */
export function answered({ history }: EngineParts, contact: ContactEntry, id: string): Uint8Array {
  const row = history.byContent(contact.id, messageId(id));
  if (row === null || row.hidden || row.gap) {
    throw new EngineError('not-found', 'The message to be answered is not in this conversation.');
  }
  return row.contentId;
}

/** @throws EngineError('bad-input') */
export function messageId(text: string): Uint8Array {
  const id = fromHex(text);
  if (id?.length !== 16) throw new EngineError('bad-input', 'A message id is 32 hex digits.');
  return id;
}
