/**
 * Recent history for a device that joined: chosen when it was approved, composed as each part leaves, kept in the
 * outbox until the device has it. Messages that disappear are left out (DEV-14).
 */
import { utf8 } from '@sotto/protocol/crypto';
import { conversationId } from '@sotto/protocol/mailbox';
import { ContentSchema, create, encode, SyncArchiveSchema, SyncMessageSchema, SyncSchema } from '@sotto/protocol/wire';
import type { SyncMessage } from '@sotto/protocol/wire';
import { amendmentBody } from '../amendments/amendment.ts';
import type { Amendment, Author } from '../amendments/amendment.ts';
import type { Stamp } from '../amendments/stamp.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { MessageRow } from '../history/message-row.ts';
import { stateNumber } from '../history/message-state.ts';
import type { Body } from '../outbox/contents.ts';
import { textBody, timerBody } from '../outbox/contents.ts';
import { KIND } from '../outbox/outbox-rows.ts';

/** The newest so many, over all conversations. */
const MAX_MESSAGES = 5000;
/** Of what one part says, before sealing: the rest of an envelope is for the ratchet and the padding. */
const PART_BYTES = 34_000;
/** Ids, keys and lengths around the words of one message, and of one edit or reaction. */
const AROUND_BYTES = 320;

interface PartRecord {
  /** Positions here, and the place of the first of them in the archive. */
  readonly positions: readonly number[];
  readonly place: number;
  readonly parts: number;
}

export class ArchiveOut {
  readonly #parts: () => EngineParts;
  /** How many parts there were, by device: for the progress. */
  readonly #totals = new Map<number, number>();

  constructor(parts: () => EngineParts) {
    this.#parts = parts;
  }

  /** Chooses the messages. Inside the transaction that welcomes the device. */
  prepare(device: number): { parts: number; messages: number } {
    const { database, history, platform } = this.#parts();
    const chosen = history
      .select(
        `WHERE gap = 0 AND hidden = 0 AND disappear = 0 AND NOT (outgoing = 1 AND state < 2)
         ORDER BY position DESC LIMIT ?`,
        MAX_MESSAGES,
      )
      .filter(({ record }) => record.undecryptable === undefined && record.unknown === undefined)
      .reverse();
    const packs: number[][] = [];
    let size = PART_BYTES;
    for (const row of chosen) {
      const bytes = sizeOf(row);
      if (size + bytes > PART_BYTES) {
        packs.push([]);
        size = 0;
      }
      packs.at(-1)?.push(row.position);
      size += bytes;
    }
    let place = 1;
    for (const [i, positions] of packs.entries()) {
      const record: PartRecord = { positions, place, parts: packs.length };
      place += positions.length;
      database.store.run(
        'INSERT OR REPLACE INTO archive_part (device, part, sent, content_id, sealed) VALUES (?, ?, 0, ?, ?)',
        device,
        i + 1,
        platform.random(16),
        database.rows.sealRecord('archive_part', `${device}/${i + 1}`, record),
      );
    }
    this.#totals.set(device, packs.length);
    return { parts: packs.length, messages: chosen.length };
  }

  /** The device is there: what was chosen for it leaves. Inside the inbox's transaction. */
  heard(device: number): void {
    const { database, outbox, ownSide, timers } = this.#parts();
    const rows = database.store.all('SELECT part, content_id FROM archive_part WHERE device = ? AND sent = 0', device);
    if (rows.length === 0) return;
    database.store.run('UPDATE archive_part SET sent = 1 WHERE device = ?', device);
    for (const row of rows) {
      const payload = { sentAt: timers.now(), part: Number(row['part']) };
      outbox.plan(ownSide.sync.contact(), row['content_id'] as Uint8Array, KIND.sync, payload, device);
    }
  }

  /** Inside the inbox's transaction. */
  confirmed(device: number, contentId: Uint8Array): void {
    const { database, events } = this.#parts();
    const { store } = database;
    const found = store.get('SELECT part FROM archive_part WHERE device = ? AND content_id = ?', device, contentId);
    if (found === undefined) return;
    store.run('DELETE FROM archive_part WHERE device = ? AND content_id = ?', device, contentId);
    const left = Number(store.get('SELECT count(*) AS n FROM archive_part WHERE device = ?', device)?.['n'] ?? 0);
    const total = Math.max(this.#totals.get(device) ?? 0, left + 1);
    this.#totals.set(device, total);
    events.emit(() => ({ type: 'link', device, done: total - left, total }));
  }

  /** What has not left goes to nobody. Inside a transaction. @returns how many parts were left out */
  cancel(device: number): number {
    const { database, rows, ownSide } = this.#parts();
    const parts = database.store.all('SELECT content_id FROM archive_part WHERE device = ?', device);
    const self = ownSide.sync.contact();
    for (const row of parts) rows.takeBack(self.id, device, row['content_id'] as Uint8Array);
    database.store.run('DELETE FROM archive_part WHERE device = ?', device);
    return parts.length;
  }

  /** null: it was cancelled. */
  bodyOf(device: number, part: number): Body | null {
    const { database } = this.#parts();
    const row = database.store.get('SELECT sealed FROM archive_part WHERE device = ? AND part = ?', device, part);
    if (row === undefined) return null;
    const record = database.rows.openRecord('archive_part', `${device}/${part}`, row['sealed']) as PartRecord;
    const messages = record.positions.flatMap((position, i) => this.#message(position, record.place + i) ?? []);
    const archive = create(SyncArchiveSchema, { part, parts: record.parts, messages });
    return { case: 'sync', value: create(SyncSchema, { event: { case: 'archive', value: archive } }) };
  }

  /** null: it is gone, or disappears by now. */
  #message(position: number, place: number): SyncMessage | null {
    const { history, contacts } = this.#parts();
    const row = history.byPosition(position);
    const contact = row === null ? null : contacts.byId(row.contact);
    if (row === null || contact === null || row.hidden || row.gap || row.disappear > 0) return null;
    const { record } = row;
    const author = row.outgoing ? 'self' : 'them';
    // The words of an edited message stand in the edit, once.
    const text = record.edit === undefined ? (record.text ?? '') : ' ';
    const body = record.timer === undefined ? textBody(text, row.replyTo) : timerBody(record.timer);
    return create(SyncMessageSchema, {
      account: contact.account,
      outgoing: row.outgoing,
      device: Math.max(1, row.device),
      receivedAt: BigInt(record.receivedAt),
      read: row.outgoing || row.state === 'read',
      content: this.#content(contact, author, row.contentId, record.sentAt, row.order, body),
      amendments: amendmentsOf(row, author).map(({ amendment, stamp, by }) =>
        this.#content(contact, by, stamp.id, stamp.sentAt, 0, amendmentBody(amendment)),
      ),
      place,
      state: stateNumber(row.state),
    });
  }

  #content(contact: ContactEntry, by: Author, id: Uint8Array, sentAt: number, order: number, body: Body): Uint8Array {
    const { own, platform } = this.#parts();
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
