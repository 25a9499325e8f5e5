/** One line to everybody in a private room, as it is written for one of them. */
import { utf8 } from '@sotto/protocol/crypto';
import { conversationId, padContent } from '@sotto/protocol/mailbox';
import { ContentSchema, create, encode, RoomLineSchema } from '@sotto/protocol/wire';
import type { Primitives } from '../ports.ts';
import { EngineError } from '../api.ts';
import type { OwnIdentity } from '../account/identity-store.ts';

/** In bytes of UTF-8: what fits a live-only envelope in the first message of a session (MB-12). */
const MAX_LINE_BYTES = 600;

/** @throws EngineError('bad-input' | 'too-long') in words */
export function checkLine(text: string): void {
  if (text.trim() === '') throw new EngineError('bad-input', 'There is nothing to say: the line is empty.');
  if (!text.isWellFormed()) throw new EngineError('bad-input', 'The line is not valid Unicode.');
  const bytes = utf8(text).length;
  if (bytes > MAX_LINE_BYTES) {
    throw new EngineError(
      'too-long',
      `The line is ${bytes} bytes long, and at most ${MAX_LINE_BYTES} can be said to the room at once; please say it in parts.`,
    );
  }
}

/** No profile, route or capability rides along: a guest is not a contact. Padded. */
export function composeLine(
  primitives: Primitives,
  own: OwnIdentity,
  to: Uint8Array,
  line: { readonly id: Uint8Array; readonly sentAt: number; readonly text: string },
): Uint8Array {
  const from = own.account.publicKey;
  const content = create(ContentSchema, {
    version: 1,
    id: line.id,
    conversation: conversationId(primitives, from, to),
    from,
    to,
    sentAt: BigInt(line.sentAt),
    deviceListRevision: BigInt(own.deviceList.revision),
  });
  content.body = { case: 'roomLine', value: create(RoomLineSchema, { text: line.text }) };
  return padContent(encode(ContentSchema, content));
}
