/** A message as another device of the account is to have it: its words, and what counts of the changes to it. */
import { utf8 } from '@sotto/protocol/crypto';
import { conversationId } from '@sotto/protocol/mailbox';
import { ContentSchema, create, encode, SyncMessageSchema } from '@sotto/protocol/wire';
import type { SyncMessage } from '@sotto/protocol/wire';
import { amendmentBody } from '../amendments/amendment.ts';
import type { Amendment, Author } from '../amendments/amendment.ts';
import type { Stamp } from '../amendments/stamp.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { MessageRow } from '../history/message-row.ts';
import { stateNumber } from '../history/message-state.ts';
import { textBody, timerBody } from '../outbox/contents.ts';
import type { Body } from '../outbox/contents.ts';

/** Of what one content says, before sealing: the rest of an envelope is for the ratchet and the padding. */
const PART_BYTES = 34_000;
/** Ids, keys and lengths around the words of one message, and of one edit or reaction. */
const AROUND_BYTES = 320;

/** Positions of messages, so many together as fit one content. */
export function packMessages(rows: readonly MessageRow[]): number[][] {
  const packs: number[][] = [];
  let size = PART_BYTES;
  for (const row of rows) {
    const bytes = sizeOf(row);
    if (size + bytes > PART_BYTES) {
      packs.push([]);
      size = 0;
    }
    packs.at(-1)?.push(row.position);
    size += bytes;
  }
  return packs;
}

/** @param place 1 .. @returns null: it is gone */
export function syncMessageOf(parts: EngineParts, position: number, place: number): SyncMessage | null {
  const row = parts.history.byPosition(position);
  const contact = row === null ? null : parts.contacts.byId(row.contact);
  if (row === null || contact === null || row.hidden || row.gap) return null;
  const { record } = row;
  const author = row.outgoing ? 'self' : 'them';
  // The words of an edited message stand in the edit, once.
  const text = record.edit === undefined ? (record.text ?? '') : ' ';
  const body = record.timer === undefined ? textBody(text, row.replyTo, row.disappear) : timerBody(record.timer);
  return create(SyncMessageSchema, {
    account: contact.account,
    outgoing: row.outgoing,
    device: Math.max(1, row.device),
    receivedAt: BigInt(record.receivedAt),
    read: row.outgoing || row.state === 'read',
    content: contentOf(parts, contact, author, row.contentId, record.sentAt, row.order, body),
    amendments: amendmentsOf(row, author).map(({ amendment, stamp, by }) =>
      contentOf(parts, contact, by, stamp.id, stamp.sentAt, 0, amendmentBody(amendment)),
    ),
    place,
    state: stateNumber(row.state),
  });
}

function contentOf(
  { own, platform }: EngineParts,
  contact: ContactEntry,
  by: Author,
  id: Uint8Array,
  sentAt: number,
  order: number,
  body: Body,
): Uint8Array {
  const self = own.account.publicKey;
  const content = create(ContentSchema, {
    version: 1,
    id,
    conversation: conversationId(platform.primitives, self, contact.account),
    from: by === 'self' ? self : contact.account,
    to: by === 'self' ? contact.account : self,
    sentAt: BigInt(sentAt),
    order: BigInt(order),
  });
  content.body = body;
  return encode(ContentSchema, content);
}

/** What has to be said besides the text it has now. */
function amendmentsOf(
  { contentId: target, record }: MessageRow,
  by: Author,
): { amendment: Amendment; stamp: Stamp; by: Author }[] {
  const { edit, deleted, reactions, text } = record;
  if (deleted === true) {
    const stamp = { at: record.sentAt, sentAt: record.sentAt, id: target };
    return [{ amendment: { kind: 'delete', target }, stamp, by }];
  }
  const edits: { amendment: Amendment; stamp: Stamp; by: Author }[] =
    edit === undefined || text === undefined ? [] : [{ amendment: { kind: 'edit', target, text }, stamp: edit, by }];
  return [
    ...edits,
    ...(reactions ?? []).map(({ author, emoji, stamp }) => ({
      amendment: { kind: 'reaction', target, emoji } as const,
      stamp,
      by: author,
    })),
  ];
}

function sizeOf({ record }: MessageRow): number {
  return (
    utf8(record.text ?? '').length +
    AROUND_BYTES * (1 + (record.edit === undefined ? 0 : 1) + (record.reactions?.length ?? 0))
  );
}
