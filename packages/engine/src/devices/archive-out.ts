/**
 * Recent history for a device that joined: chosen when it was approved, composed as each part leaves, kept in the
 * outbox until the device has it. Messages that disappear are left out (DEV-14).
 */
import { create, SyncArchiveSchema, SyncSchema } from '@sotto/protocol/wire';
import type { SyncMessage } from '@sotto/protocol/wire';
import type { EngineParts } from '../engine-parts.ts';
import type { Body } from '../outbox/contents.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import { packMessages, syncMessageOf } from './sync-message.ts';

/** The newest so many, over all conversations. */
const MAX_MESSAGES = 5000;

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
    const packs = packMessages(chosen);
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

  /**
   * The device is there: what was chosen for it leaves, and what expired on its way while one of the two was away leaves
   * once more. Inside the inbox's transaction.
   */
  heard(device: number): void {
    const { database, outbox, ownSide, timers } = this.#parts();
    const rows = database.store.all('SELECT part, content_id FROM archive_part WHERE device = ?', device);
    if (rows.length === 0) return;
    const self = ownSide.sync.contact();
    for (const row of rows) {
      const contentId = row['content_id'] as Uint8Array;
      if (this.#parts().rows.remaining(self.id, contentId) > 0) continue;
      const payload = { sentAt: timers.now(), part: Number(row['part']) };
      outbox.plan(self, contentId, KIND.sync, payload, device);
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
    const row = this.#parts().history.byPosition(position);
    return row === null || row.disappear > 0 ? null : syncMessageOf(this.#parts(), position, place);
  }
}
