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
export function messageId(text: string): Uint8Array {
  const id = fromHex(text);
  if (id?.length !== 16) throw new EngineError('bad-input', 'A message id is 32 hex digits.');
  return id;
}
