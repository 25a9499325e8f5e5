/** History that another device of the account sends to this one, into the places set aside for it (DEV-14). */
import type { Content, SyncArchive, SyncMessage } from '@sotto/protocol/wire';
import { sameBytes } from '@sotto/protocol/crypto';
import type { EngineParts } from '../engine-parts.ts';
import { sayingOf } from '../history/display.ts';
import { stateOf } from '../history/message-state.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import type { Database } from '../store/database.ts';
import { amend, readContent } from './sync-message-in.ts';

const NAME = 'archive-in';
/** Clocks of own devices differ by less: a time that is further ahead is a fault. */
const MAX_AHEAD_MS = 86_400_000;

export interface ArchiveExpected {
  /** The device that sends it. */
  readonly device: number;
  readonly parts: number;
  readonly messages: number;
  /** Messages get the positions after this one. */
  readonly base: number;
  /** Parts that came. */
  readonly came: readonly number[];
}

/** Inside the transaction that makes the profile. */
export function expectArchive(database: Database, expected: Omit<ArchiveExpected, 'came' | 'base'>): void {
  const base = database.next('position', expected.messages) - 1;
  database.setMeta(NAME, { ...expected, base, came: [] });
}

/** null: everything is here, or nothing was to come. */
export const archiveExpected = (database: Database): ArchiveExpected | null =>
  database.getMeta(NAME) as ArchiveExpected | null;

/** Inside the inbox's transaction. */
export function takeArchive(parts: EngineParts, { id, body }: Content, device: number, nowMs: number): void {
  const { outbox, ownSide, platform } = parts;
  const event = body.case === 'sync' ? body.value.event : null;
  if (event?.case === 'archive') takePart(parts, event.value, device, nowMs);
  const confirmation = { sentAt: nowMs, receipt: 'delivered' as const, ids: [id.slice()] };
  outbox.plan(ownSide.sync.contact(), platform.random(16), KIND.receipt, confirmation, device);
}

function takePart(parts: EngineParts, archive: SyncArchive, device: number, nowMs: number): void {
  const { database, events } = parts;
  const expected = archiveExpected(database);
  if (expected === null || expected.device !== device || archive.parts !== expected.parts) return;
  if (expected.came.includes(archive.part)) return;
  for (const message of archive.messages) {
    if (message.place <= expected.messages) takeMessage(parts, message, expected.base + message.place, nowMs);
  }
  const came = [...expected.came, archive.part];
  if (came.length === expected.parts) {
    database.removeMeta(NAME);
    parts.ownSide.gaps.hurry(nowMs);
  } else database.setMeta(NAME, { ...expected, came });
  events.emit(() => ({ type: 'link', device, done: came.length, total: expected.parts }));
}

function takeMessage(parts: EngineParts, message: SyncMessage, position: number, nowMs: number): void {
  const { contacts, history, search, amending, ownSide } = parts;
  const { account, outgoing, device, read, state } = message;
  const contact = contacts.byAccount(account);
  const content = readContent(parts, account, message.content);
  if (contact?.role !== 'person' || content === null || content.from.length === 0) return;
  if (sameBytes(content.from, contact.account) === outgoing) return;
  if (history.byContent(contact.id, content.id) !== null || history.byPosition(position) !== null) return;
  const saying = sayingOf(content);
  if (!('text' in saying) && !('timer' in saying)) return;
  const latest = nowMs + MAX_AHEAD_MS;
  const receivedAt = Math.min(Number(message.receivedAt), latest);
  const times = { sentAt: Math.min(Number(content.sentAt), latest), receivedAt };
  const record = 'text' in saying ? { text: saying.text, ...times } : { timer: saying.timer, ...times };
  const shown = stateOf(state);
  const row = history.insert(
    contact,
    {
      contentId: content.id.slice(),
      outgoing,
      unread: !outgoing && !read && !('timer' in saying),
      state: outgoing ? (shown === 'waiting' || shown === 'sent' ? 'stored' : shown) : read ? 'read' : 'delivered',
      device,
      order: Number(content.order),
      replyTo: 'text' in saying ? saying.replyTo : null,
      record,
    },
    position,
  );
  search.add(row);
  for (const encoded of message.amendments) amend(parts, contact, encoded, nowMs);
  amending.catchUp(contact, content.id);
  ownSide.shown(contact, content.id);
}
