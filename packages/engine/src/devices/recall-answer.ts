/**
 * For another device of the account whose storage went back: what came here from it. Chosen when it asks, composed as
 * it leaves, so nothing that is gone comes back (DEV-16).
 */
import { create, SyncOrderSchema, SyncRecalledSchema, SyncSchema } from '@sotto/protocol/wire';
import { decidedOn } from './sync-contact.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { MessageRow } from '../history/message-row.ts';
import { stateNumber } from '../history/message-state.ts';
import type { Body } from '../outbox/contents.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import type { SyncEvent } from './sync-events.ts';
import { packMessages, syncMessageOf } from './sync-message.ts';

/** The newest so many of its messages, and of its changes to messages. */
const MAX_WRITTEN = 5000;
/** The newest messages of others that were read. */
const MAX_READ = 2000;
/** In one content. */
const MAX_IDS = 500;
const MAX_ORDERS = 500;
/** One device is answered once in this time: an answer may be hundreds of envelopes. */
const PAUSE_MS = 30 * 60_000;

/** What one part says: of this device's history. */
export interface RecalledPart {
  readonly part: number;
  readonly parts: number;
  /** Contact numbers: their orders. */
  readonly contacts: readonly number[];
  readonly positions: readonly number[];
}

/** Inside the inbox's transaction. @param since ms, by the clock of `device` */
export function answerRecall(parts: EngineParts, device: number, since: number): void {
  const { database, outbox, ownSide, platform, timers } = parts;
  const answered = `recall-answered/${device}`;
  const before = database.getMeta(answered) as { at: number } | null;
  if (before !== null && Math.abs(timers.now() - before.at) < PAUSE_MS) return;
  database.setMeta(answered, { at: timers.now() });
  const self = ownSide.sync.contact();
  const plan = (payload: { event: SyncEvent } | { recalled: RecalledPart }): void =>
    outbox.plan(self, platform.random(16), KIND.sync, { sentAt: timers.now(), ...payload }, device);
  // Contacts first: a message needs the one it was written to.
  for (const event of decisions(parts, since)) plan({ event });
  const written = database.store
    .all('SELECT contact FROM stream WHERE device = ? ORDER BY contact', -device)
    .map((row) => Number(row['contact']));
  const pieces: Pick<RecalledPart, 'contacts' | 'positions'>[] = [];
  for (let from = 0; from === 0 || from < written.length; from += MAX_ORDERS) {
    pieces.push({ contacts: written.slice(from, from + MAX_ORDERS), positions: [] });
  }
  for (const positions of packMessages(writtenBy(parts, device, since))) pieces.push({ contacts: [], positions });
  for (const [i, piece] of pieces.entries()) plan({ recalled: { part: i + 1, parts: pieces.length, ...piece } });
  for (const event of reads(parts)) plan({ event });
}

export function recalledBody(parts: EngineParts, device: number, piece: RecalledPart): Body {
  const { contacts, database, ownSide } = parts;
  const orders = piece.contacts.flatMap((id) => {
    const row = database.store.get('SELECT next FROM stream WHERE contact = ? AND device = ?', id, -device);
    const contact = contacts.byId(id);
    if (row === undefined || contact === null) return [];
    return [create(SyncOrderSchema, { account: contact.account, next: BigInt(Number(row['next'])) })];
  });
  const recalled = create(SyncRecalledSchema, {
    part: piece.part,
    parts: piece.parts,
    next: BigInt(ownSide.nextOf(device)),
    told: BigInt(ownSide.nextOf(parts.own.device.device)),
    orders,
    messages: piece.positions.flatMap((position) => syncMessageOf(parts, position, 1) ?? []),
  });
  return { case: 'sync', value: create(SyncSchema, { event: { case: 'recalled', value: recalled } }) };
}

/** What the device wrote since, in its order, and messages that it changed since. */
function writtenBy({ history, amendments }: EngineParts, device: number, since: number): MessageRow[] {
  const rows = history
    .select(
      'WHERE outgoing = 1 AND device = ? AND gap = 0 AND hidden = 0 ORDER BY position DESC LIMIT ?',
      device,
      MAX_WRITTEN,
    )
    .filter(({ record }) => record.sentAt >= since && record.unknown === undefined)
    .toSorted((a, b) => a.record.sentAt - b.record.sentAt || a.order - b.order);
  const known = new Set(rows.map(({ position }) => position));
  for (const { contact, target, record } of amendments.writtenBy(device, MAX_WRITTEN)) {
    const row = record.stamp.sentAt < since ? null : history.byContent(contact, target);
    if (row === null || known.has(row.position)) continue;
    known.add(row.position);
    rows.push(row);
  }
  return rows;
}

/** What was decided since: told again as it is now, whoever decided, for the latest counts. */
export function decisions({ contacts, profile, ownSide }: EngineParts, since: number): SyncEvent[] {
  const changed = contacts.decided().filter((contact) => {
    return decidedOn(contact) !== 'request' && Math.max(contact.changedAt, contact.learnedAt) >= since;
  });
  return [
    ...changed.map(({ id }): SyncEvent => ({ kind: 'contact', contact: id })),
    ...(profile.current.changedAt >= since ? [{ kind: 'settings' } as const] : []),
    ...(ownSide.names.current.changedAt >= since ? [{ kind: 'devices' } as const] : []),
  ];
}

/** What was read on any device is read there too. */
function reads({ database }: EngineParts): SyncEvent[] {
  const rows = database.store.all(
    'SELECT contact, content_id FROM message WHERE outgoing = 0 AND gap = 0 AND hidden = 0 AND state = ? ORDER BY position DESC LIMIT ?',
    stateNumber('read'),
    MAX_READ,
  );
  const byContact = new Map<number, Uint8Array[]>();
  for (const row of rows) {
    const ids = byContact.get(Number(row['contact'])) ?? [];
    byContact.set(Number(row['contact']), ids);
    ids.push(row['content_id'] as Uint8Array);
  }
  return [...byContact].flatMap(([contact, ids]) =>
    Array.from({ length: Math.ceil(ids.length / MAX_IDS) }, (_, i): SyncEvent => {
      return { kind: 'read', contact, ids: ids.slice(i * MAX_IDS, (i + 1) * MAX_IDS) };
    }),
  );
}
