/** One line to everybody in a private room, as it is written for one of them. */
import { utf8 } from '@sotto/protocol/crypto';
import { conversationId, padContent } from '@sotto/protocol/mailbox';
import { ContentSchema, create, encode, RoomLineSchema } from '@sotto/protocol/wire';
import type { Primitives } from '../ports.ts';
import { EngineError } from '../api.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import { say } from '../sentences/say.ts';

/** In bytes of UTF-8: what fits a live-only envelope in the first message of a session (MB-12). */
const MAX_LINE_BYTES = 600;

/** @throws EngineError('bad-input' | 'too-long') in words */
export function checkLine(text: string): void {
  if (text.trim() === '') throw new EngineError('bad-input', say('line-empty'));
  if (!text.isWellFormed()) throw new EngineError('bad-input', say('line-malformed'));
  const bytes = utf8(text).length;
  if (bytes > MAX_LINE_BYTES) {
    throw new EngineError('too-long', say('line-too-long', { bytes, most: MAX_LINE_BYTES }));
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
