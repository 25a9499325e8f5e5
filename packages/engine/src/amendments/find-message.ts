import { EngineError } from '../api.ts';
import type { MessageName } from '../api.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { MessageRow } from '../history/message-row.ts';
import { fromHex } from '../store/hex.ts';
import { say } from '../sentences/say.ts';

export interface FoundMessage {
  readonly contact: ContactEntry;
  readonly row: MessageRow;
}

/**
 * The message of this name, hidden or shown. Ids are chosen by who writes, so a contact who knows the id of a message in
 * another conversation can write one with the same: then nothing is guessed. Changes to own messages are about own ones
 * alone, whatever others write.
 * @throws EngineError('not-found' | 'bad-input' | 'unknown-contact')
 */
function named({ contacts, history, recipients }: EngineParts, name: MessageName, own: boolean): FoundMessage | null {
  const contentId = messageId(name.id);
  const { conversation } = name;
  const among = conversation === undefined ? contacts.all() : [recipients.known(conversation)];
  const found = among.flatMap((contact): FoundMessage[] => {
    const row = history.byContent(contact.id, contentId);
    return row === null || row.gap ? [] : [{ contact, row }];
  });
  const ownOnes = found.filter(({ row }) => row.outgoing);
  const meant = own && ownOnes.length > 0 ? ownOnes : found;
  if (meant.length > 1) {
    throw new EngineError('bad-input', say('message-ambiguous'));
  }
  return meant[0] ?? null;
}

/**
 * The message of this name, which is shown.
 * @param own it is to be one of our own: an id that somebody else's message has as well is no question then
 * @throws EngineError('not-found' | 'bad-input' | 'unknown-contact')
 */
export function findMessage(parts: EngineParts, name: MessageName, own = false): FoundMessage {
  const found = named(parts, name, own);
  if (found === null || found.row.hidden) throw new EngineError('not-found', say('message-unknown'));
  return found;
}

/** @throws EngineError('bad-input' | 'unknown-contact') */
export function isHidden(parts: EngineParts, name: MessageName): boolean {
  return named(parts, name, false)?.row.hidden === true;
}

/** The message of this conversation that is to be answered. @throws EngineError('not-found' | 'bad-input') */
export function answered({ history }: EngineParts, contact: ContactEntry, id: string): Uint8Array {
  const row = history.byContent(contact.id, messageId(id));
  if (row === null || row.hidden || row.gap) {
    throw new EngineError('not-found', say('answered-unknown'));
  }
  return row.contentId;
}

/** @throws EngineError('bad-input') */
export function messageId(text: string): Uint8Array {
  const id = fromHex(text);
  if (id?.length !== 16) throw new EngineError('bad-input', say('message-id-malformed'));
  return id;
}
