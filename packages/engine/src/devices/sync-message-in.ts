/** Parts of a message that another device of the account tells. */
import { sameBytes } from '@sotto/protocol/crypto';
import { conversationId } from '@sotto/protocol/mailbox';
import { decodeContent, WireError } from '@sotto/protocol/wire';
import type { Content } from '@sotto/protocol/wire';
import { amendmentOf } from '../amendments/amendment.ts';
import { stampOf } from '../amendments/stamp.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';

/** An edit, deletion or reaction that counts for it. A change of ours to what is not here yet waits for it. */
export function amend(parts: EngineParts, contact: ContactEntry, encoded: Uint8Array, nowMs: number): void {
  const { history, amending, own } = parts;
  const content = readContent(parts, contact.account, encoded);
  const amendment = content === null ? null : amendmentOf(content.body);
  if (content === null || amendment === null) return;
  const row = history.byContent(contact.id, amendment.target);
  const author = sameBytes(content.from, contact.account) ? 'them' : 'self';
  const stamp = stampOf(content.id.slice(), Number(content.sentAt), nowMs);
  if (row !== null) return amending.apply(row, author, amendment, stamp);
  if (author === 'them' || amendment.kind === 'delete') return;
  amending.take(contact, { contentId: stamp.id, author, device: own.device.device, amendment, stamp });
}

/** null: not of the conversation with `account`. */
export function readContent({ own, platform }: EngineParts, account: Uint8Array, encoded: Uint8Array): Content | null {
  try {
    const content = decodeContent(encoded);
    const self = own.account.publicKey;
    const between = [content.from, content.to];
    const both = [self, account].every((key) => between.some((end) => sameBytes(end, key)));
    const conversation = conversationId(platform.primitives, self, account);
    return both && sameBytes(content.conversation, conversation) ? content : null;
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
