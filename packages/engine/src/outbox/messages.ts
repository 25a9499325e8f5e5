/** A person's own messages: written down, and sent again. */
import { EngineError } from '../api.ts';
import type { MessageName } from '../api.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { MessageRow } from '../history/message-row.ts';
import { findMessage } from '../amendments/find-message.ts';
import { outboxKindOf, sentAtOf } from './own-contents.ts';
import type { OwnContent } from './own-contents.ts';
import { KIND } from './outbox-rows.ts';
import { say } from '../sentences/say.ts';

/** One transaction writes the history row and the outbox row; the screen shows it at once (ENG-2). */
export function writeMessage(
  { database, history, outbox, search, typing, own, timers }: EngineParts,
  contact: ContactEntry,
  contentId: Uint8Array,
  text: string,
  replyTo: Uint8Array | null = null,
): MessageRow {
  const sentAt = timers.now();
  const record = { text, sentAt, receivedAt: sentAt };
  const device = own.device.device;
  const row = database.transaction(() => {
    const message = { contentId, outgoing: true, unread: false, state: 'waiting' as const, device, order: 0, record };
    const written = history.insert(contact, { ...message, replyTo, disappear: contact.timer?.seconds ?? 0 });
    outbox.plan(contact, contentId, KIND.text, { sentAt });
    search.add(written);
    return written;
  });
  typing.sent(contact);
  return row;
}

/**
 * A failed message starts again, and what failed of its edits, its deletion or reactions; another one is left as it is.
 * @throws EngineError('not-found' | 'blocked' | 'bad-input')
 */
export function resendMessage(parts: EngineParts, name: MessageName): MessageRow {
  const { database, history, amendments, ownContents, outbox } = parts;
  const { contact, row } = findMessage(parts, name);
  if (contact.status === 'blocked') throw new EngineError('blocked', say('blocked'));
  if (row.outgoing && row.state === 'failed' && !ownContents.isFromHere({ kind: 'message', row })) {
    throw new EngineError('bad-input', say('written-elsewhere', { device: row.device }));
  }
  const changes = amendments.about(contact.id, row.contentId).filter(({ author }) => author === 'self');
  database.transaction(() => {
    const contents: OwnContent[] = row.outgoing ? [{ kind: 'message', row }] : [];
    for (const change of changes) contents.push({ kind: 'amendment', row: change });
    for (const content of contents) {
      if (!ownContents.restart(content)) continue;
      outbox.plan(contact, content.row.contentId, outboxKindOf(content), { sentAt: sentAtOf(content) });
    }
  });
  return history.byPosition(row.position) ?? row;
}
