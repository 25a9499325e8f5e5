/** What is still to be sent or confirmed: one row a content, then one a recipient device (network.md, rule 7). */
import type { RecalledPart } from '../devices/recall-answer.ts';
import type { SyncEvent } from '../devices/sync-events.ts';
import type { Database } from '../store/database.ts';
import type { SqlRow } from '../ports.ts';
import { homesTag } from './stored-rows.ts';

/** Kinds are stored; never reuse a number. */
export const KIND = { text: 1, receipt: 2, hello: 3, askAgain: 4, amend: 5, gone: 6, sync: 7, linkStep: 8 } as const;
/** What is told to own devices leaves so much later at most. */
export const MAX_COPY_DELAY_MS = 30_000;
export type OutboxKind = (typeof KIND)[keyof typeof KIND];

/** Sealed part: what to compose, of kinds that have no row in the history. */
export interface OutboxPayload {
  readonly sentAt: number;
  readonly receipt?: 'delivered' | 'read';
  readonly ids?: readonly Uint8Array[];
  readonly orders?: readonly number[];
  /** Of a sync event: the number it has among those of this device. Of Gone: the order in which there is nothing. */
  readonly order?: number;
  /** Of Gone: nor under those after it, up to this one. */
  readonly until?: number;
  /** Of a step of linking: encoded. */
  readonly body?: Uint8Array;
  /** Of an archive for a device that joined. */
  readonly part?: number;
  /** What is told to one device alone, without a number. */
  readonly event?: SyncEvent;
  /** Asked of another own device: what came from this one since then, in ms since 1970. */
  readonly recall?: number;
  /** The answer to that. */
  readonly recalled?: RecalledPart;
}

/** A content that waits for its encryption. */
export interface PlannedRow {
  readonly id: number;
  readonly contact: number;
  /** The only device that gets it; 0: all of them. */
  readonly device: number;
  readonly contentId: Uint8Array;
  readonly kind: OutboxKind;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly payload: OutboxPayload;
}

/** A sealed envelope for one device, as it is sent and sent again. */
export interface SealedRow {
  readonly id: number;
  readonly contact: number;
  readonly device: number;
  readonly contentId: Uint8Array;
  readonly kind: OutboxKind;
  /** A node's receipt for it was checked. */
  readonly stored: boolean;
  /** It was, but among other homes than the recipient has now. */
  readonly moved: boolean;
  /** Seconds since 1970. */
  readonly expires: number;
  /** It was sent once without an answer: it may be there or not. */
  readonly uncertain: boolean;
  readonly body: Uint8Array;
}

/** `payload`: of what is told to own devices. */
export type UnconfirmedRow = Pick<SealedRow, 'id' | 'device' | 'contentId' | 'kind'> & {
  readonly payload: OutboxPayload | null;
};

const STAGE = { planned: 0, sealed: 1, stored: 2 } as const;
const SEALED_COLUMNS = 'id, contact, device, content_id, kind, stage, expires, uncertain, homes, body';

export class OutboxRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @param expires seconds since 1970: after that it is given up
   * @param device the only one that gets it; 0: all of them
   * @param notBefore ms since 1970
   */
  plan(
    contact: number,
    contentId: Uint8Array,
    kind: OutboxKind,
    payload: OutboxPayload,
    expires: number,
    device = 0,
    notBefore = 0,
  ): void {
    const id = this.#database.next('outbox');
    this.#database.store.run(
      `INSERT INTO outbox (id, contact, device, content_id, kind, stage, next_at, not_before, expires, uncertain, told, sealed, body)
       VALUES (?, ?, ?, ?, ?, 0, ?6, ?6, ?, 0, 0, ?, NULL)`,
      id,
      contact,
      device,
      contentId,
      kind,
      notBefore,
      expires,
      this.#database.rows.sealRecord('outbox', id, payload),
    );
  }

  /**
   * The oldest contents whose time has come. One that was postponed holds back those written after it: they are given
   * their orders in the order in which they were written (ENG-7).
   */
  planned(contact: number, nowMs: number, limit: number): PlannedRow[] {
    const oldest = this.#database.store.all(
      'SELECT id, device, content_id, kind, expires, next_at, sealed FROM outbox WHERE contact = ? AND stage = 0 AND not_before <= ? ORDER BY id LIMIT ?',
      contact,
      nowMs,
      limit,
    );
    const postponed = oldest.findIndex((row) => Number(row['next_at']) > nowMs);
    return oldest.slice(0, postponed < 0 ? oldest.length : postponed).map((row) => ({
      id: Number(row['id']),
      contact,
      device: Number(row['device']),
      contentId: row['content_id'] as Uint8Array,
      kind: Number(row['kind']) as OutboxKind,
      expires: Number(row['expires']),
      payload: this.#database.rows.openRecord('outbox', Number(row['id']), row['sealed']) as OutboxPayload,
    }));
  }

  /** The only device that gets it cannot be written to yet: not before `at`, in ms, and nothing waits for it. */
  awaitDevice(id: number, at: number): void {
    this.#database.store.run('UPDATE outbox SET next_at = ?2, not_before = ?2 WHERE id = ?1', id, at);
  }

  /**
   * These devices of a contact can be written to: what waited for them is due. Copies for own devices keep their time
   * (DEV-9), unless it is later than that of any copy: they waited as well. @returns whether there was anything
   */
  ready(contact: number, devices: readonly number[], nowMs: number): boolean {
    const at = `CASE kind WHEN ${KIND.sync} THEN ?2 + ${MAX_COPY_DELAY_MS} ELSE 0 END`;
    const where = `contact = ?1 AND stage = 0 AND not_before > max(?2, ${at})
      AND device IN (SELECT value FROM json_each(?3))`;
    const found = [contact, nowMs, JSON.stringify(devices)] as const;
    const waits = this.#database.store.get(`SELECT 1 AS found FROM outbox WHERE ${where} LIMIT 1`, ...found);
    if (waits === undefined) return false;
    this.#database.store.run(`UPDATE outbox SET next_at = ${at}, not_before = ${at} WHERE ${where}`, ...found);
    return true;
  }

  isPlanned(id: number): boolean {
    return this.#database.store.get('SELECT 1 AS found FROM outbox WHERE id = ? AND stage = 0', id) !== undefined;
  }

  /** The planned row gives way to one a device. */
  addSealed(row: PlannedRow, device: number, body: Uint8Array, expires: number, told: number): void {
    const id = this.#database.next('outbox');
    this.#database.store.run(
      `INSERT INTO outbox (id, contact, device, content_id, kind, stage, next_at, expires, uncertain, told, sealed, body)
       VALUES (?, ?, ?, ?, ?, 1, 0, ?, 0, ?, ?, ?)`,
      id,
      row.contact,
      device,
      row.contentId,
      row.kind,
      expires,
      told,
      // What is written down nowhere else may have to be said again.
      row.kind === KIND.sync ? this.#database.rows.sealRecord('outbox', id, row.payload) : new Uint8Array(),
      body,
    );
  }

  /** Sealed rows whose time has come, in the order in which they were made. */
  due(contact: number, nowMs: number, except: ReadonlySet<number>, limit: number): SealedRow[] {
    const rows = this.#database.store.all(
      `SELECT ${SEALED_COLUMNS} FROM outbox WHERE contact = ? AND stage IN (1, 2) AND next_at <= ? AND expires > ? ORDER BY id LIMIT ?`,
      contact,
      nowMs,
      Math.floor(nowMs / 1000),
      limit + except.size,
    );
    return rows
      .map(readSealed)
      .filter(({ id }) => !except.has(id))
      .slice(0, limit);
  }

  /** Nodes have it: kept until the recipient's receipt, stored again at `nextAt`. @param homes names those nodes */
  markStored(id: number, nextAt: number, homes: string): void {
    const tag = homesTag(this.#database, homes);
    this.#database.store.run('UPDATE outbox SET stage = 2, next_at = ?, homes = ? WHERE id = ?', nextAt, tag, id);
  }

  /** Tries again at `nextAt`. */
  postpone(id: number, nextAt: number, uncertain: boolean): void {
    this.#database.store.run(
      'UPDATE outbox SET next_at = ?, uncertain = max(uncertain, ?) WHERE id = ?',
      nextAt,
      uncertain ? 1 : 0,
      id,
    );
  }

  /** What was postponed is due now: the way is open again. Stored rows keep their time. */
  hurry(contact: number | null): void {
    if (contact === null)
      this.#database.store.run('UPDATE outbox SET next_at = not_before WHERE stage < 2 AND next_at > not_before');
    else
      this.#database.store.run(
        'UPDATE outbox SET next_at = not_before WHERE contact = ? AND stage < 2 AND next_at > not_before',
        contact,
      );
  }

  /** Everything of a contact that no node has yet waits until `nextAt`. */
  postponeAll(contact: number, nextAt: number): void {
    this.#database.store.run(
      'UPDATE outbox SET next_at = max(?, not_before) WHERE contact = ? AND stage < 2',
      nextAt,
      contact,
    );
  }

  remove(id: number): void {
    this.#database.store.run('DELETE FROM outbox WHERE id = ?', id);
  }

  /** The device confirmed the content. @returns the version of our profile that it learnt with it; null: not waiting */
  confirm(contact: number, device: number, contentId: Uint8Array): number | null {
    const row = this.#database.store.get(
      'SELECT id, told FROM outbox WHERE contact = ? AND content_id = ? AND device = ?',
      contact,
      contentId,
      device,
    );
    if (row === undefined) return null;
    this.remove(Number(row['id']));
    return Number(row['told']);
  }

  /** What kind of content is under way to one device under this id; null: nothing is. */
  kindOf(contact: number, device: number, contentId: Uint8Array): OutboxKind | null {
    const row = this.#database.store.get(
      'SELECT kind FROM outbox WHERE contact = ? AND content_id = ? AND device = ?',
      contact,
      contentId,
      device,
    );
    return row === undefined ? null : (Number(row['kind']) as OutboxKind);
  }

  /** What is under way of a content to one device need not get there any more. */
  takeBack(contact: number, device: number, contentId: Uint8Array): void {
    this.#database.store.run(
      'DELETE FROM outbox WHERE contact = ? AND content_id = ? AND device = ?',
      contact,
      contentId,
      device,
    );
  }

  /** Whether a content waits for its encryption for all devices. */
  isPlannedForAll(contact: number, contentId: Uint8Array): boolean {
    const row = this.#database.store.get(
      'SELECT 1 AS found FROM outbox WHERE contact = ? AND content_id = ? AND device = 0 AND stage = 0',
      contact,
      contentId,
    );
    return row !== undefined;
  }

  removeContent(contact: number, contentId: Uint8Array): void {
    this.#database.store.run('DELETE FROM outbox WHERE contact = ? AND content_id = ?', contact, contentId);
  }

  /** A device that is not in the list any more. @returns what was under way to it */
  removeDevice(contact: number, device: number): { contentId: Uint8Array; kind: OutboxKind }[] {
    const removed = this.#database.store.all(
      'SELECT DISTINCT content_id, kind FROM outbox WHERE contact = ? AND device = ?',
      contact,
      device,
    );
    this.#database.store.run('DELETE FROM outbox WHERE contact = ? AND device = ?', contact, device);
    return removed.map((row) => ({
      contentId: row['content_id'] as Uint8Array,
      kind: Number(row['kind']) as OutboxKind,
    }));
  }

  /** Sealed contents of these kinds that were not confirmed, in the order in which they were written. */
  unconfirmed(contact: number, kinds: readonly OutboxKind[]): UnconfirmedRow[] {
    return this.#database.store
      .all(
        'SELECT id, device, content_id, kind, sealed FROM outbox WHERE contact = ? AND stage IN (1, 2) ORDER BY id',
        contact,
      )
      .map((row) => ({
        id: Number(row['id']),
        device: Number(row['device']),
        contentId: row['content_id'] as Uint8Array,
        kind: Number(row['kind']) as OutboxKind,
        payload: this.#payloadOf(row),
      }))
      .filter(({ kind }) => kinds.includes(kind));
  }

  #payloadOf({ id, kind, sealed }: SqlRow): OutboxPayload | null {
    if (kind !== KIND.sync || !(sealed instanceof Uint8Array) || sealed.length === 0) return null;
    return this.#database.rows.openRecord('outbox', Number(id), sealed) as OutboxPayload;
  }

  removeContact(contact: number): void {
    this.#database.store.run('DELETE FROM outbox WHERE contact = ?', contact);
  }

  removeKind(contact: number, kind: OutboxKind): void {
    this.#database.store.run('DELETE FROM outbox WHERE contact = ? AND kind = ?', contact, kind);
  }

  /** Rows of this content that are not given up. */
  remaining(contact: number, contentId: Uint8Array): number {
    const row = this.#database.store.get(
      'SELECT count(*) AS n FROM outbox WHERE contact = ? AND content_id = ?',
      contact,
      contentId,
    );
    return Number(row?.['n'] ?? 0);
  }

  /** Whether some device's row of this content is not at a node yet. What waits for a device's keys does not count. */
  isUnstored(contact: number, contentId: Uint8Array): boolean {
    const row = this.#database.store.get(
      `SELECT 1 AS n FROM outbox WHERE contact = ? AND content_id = ? AND stage < 2
       AND NOT (stage = 0 AND device <> 0 AND not_before > 0) LIMIT 1`,
      contact,
      contentId,
    );
    return row !== undefined;
  }

  /** Whether a content of this kind waits already. @param device planned for, or sealed to, this one; 0: any */
  has(contact: number, kind: OutboxKind, device = 0): boolean {
    const row = this.#database.store.get(
      'SELECT 1 AS n FROM outbox WHERE contact = ? AND kind = ? AND (?3 = 0 OR device = ?3) LIMIT 1',
      contact,
      kind,
      device,
    );
    return row !== undefined;
  }

  expired(nowMs: number): { id: number; contact: number; contentId: Uint8Array; kind: OutboxKind }[] {
    return this.#database.store
      .all('SELECT id, contact, content_id, kind FROM outbox WHERE expires <= ?', Math.floor(nowMs / 1000))
      .map((row) => ({
        id: Number(row['id']),
        contact: Number(row['contact']),
        contentId: row['content_id'] as Uint8Array,
        kind: Number(row['kind']) as OutboxKind,
      }));
  }

  /** Contacts with something due. */
  dueContacts(nowMs: number): number[] {
    return this.#database.store
      .all('SELECT DISTINCT contact FROM outbox WHERE next_at <= ?', nowMs)
      .map((row) => Number(row['contact']));
  }

  /** When something is due that is not due at `nowMs`; null: nothing is. */
  nextTime(nowMs: number): number | null {
    const row = this.#database.store.get(
      `SELECT min(at) AS at FROM (
         SELECT min(next_at) AS at FROM outbox WHERE next_at > ?
         UNION ALL SELECT min(expires) * 1000 FROM outbox)`,
      nowMs,
    );
    return typeof row?.['at'] === 'number' ? row['at'] : null;
  }
}

function readSealed(row: SqlRow): SealedRow {
  return {
    id: Number(row['id']),
    contact: Number(row['contact']),
    device: Number(row['device']),
    contentId: row['content_id'] as Uint8Array,
    kind: Number(row['kind']) as OutboxKind,
    stored: Number(row['stage']) === STAGE.stored,
    moved: row['homes'] instanceof Uint8Array && row['homes'].length === 0,
    expires: Number(row['expires']),
    uncertain: Number(row['uncertain']) === 1,
    body: row['body'] as Uint8Array,
  };
}
