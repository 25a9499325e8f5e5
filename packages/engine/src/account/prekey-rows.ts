/** Rows of the own prekeys. One-time keys belong to the home that gives them out (RING-66); the others to all homes. */
import type { Clock } from '../ports.ts';
import type { Database } from '../store/database.ts';

export const KIND = { signed: 1, lastResort: 2, seal: 3, oneTime: 4, oneTimeKyber: 5 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** Seal keys also have an end. */
export interface PrekeyRecord {
  readonly secret: Uint8Array;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly until: number;
}

export interface PrekeyRow extends PrekeyRecord {
  readonly id: number;
}

export class PrekeyRows {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** @param home of one-time keys: tag of the home they are for; else empty */
  store(kind: Kind, id: number, { secret, key, signature, until }: PrekeyRecord, home = ''): void {
    const record: PrekeyRecord = { secret, key, signature, until };
    this.#database.store.run(
      'INSERT INTO prekey (kind, id, created_at, uploaded, home, sealed) VALUES (?, ?, ?, 0, ?, ?)',
      kind,
      id,
      this.#clock.now(),
      home,
      this.#database.rows.sealRecord('prekey', `${kind}/${id}`, record),
    );
  }

  find(kind: Kind, id: number): PrekeyRecord | null {
    const row = this.#database.store.get('SELECT sealed FROM prekey WHERE kind = ? AND id = ?', kind, id);
    return row === undefined ? null : this.#open(kind, id, row['sealed']);
  }

  /** null: none was ever made. */
  newest(kind: Kind): PrekeyRow | null {
    const row = this.#database.store.get('SELECT id, sealed FROM prekey WHERE kind = ? ORDER BY id DESC LIMIT 1', kind);
    if (row === undefined) return null;
    const id = Number(row['id']);
    return { id, ...this.#open(kind, id, row['sealed']) };
  }

  /** When the newest was made, ms since 1970; null: none was ever made. */
  newestAt(kind: Kind): number | null {
    const row = this.#database.store.get('SELECT max(created_at) AS at FROM prekey WHERE kind = ?', kind);
    return typeof row?.['at'] === 'number' ? row['at'] : null;
  }

  newestId(kind: Kind): number {
    return Number(this.#database.store.get('SELECT max(id) AS id FROM prekey WHERE kind = ?', kind)?.['id'] ?? 0);
  }

  /** The newest one that a program without homes had brought to its node; 0: none. */
  newestUploaded(kind: Kind): number {
    const row = this.#database.store.get('SELECT max(id) AS id FROM prekey WHERE kind = ? AND uploaded = 1', kind);
    return Number(row?.['id'] ?? 0);
  }

  /** One-time keys made for a home that it has not confirmed. */
  waiting(kind: Kind, home: string, limit: number): PrekeyRow[] {
    return this.#database.store
      .all(
        'SELECT id, sealed FROM prekey WHERE kind = ? AND home = ? AND uploaded = 0 ORDER BY id LIMIT ?',
        kind,
        home,
        limit,
      )
      .map((row) => ({ id: Number(row['id']), ...this.#open(kind, Number(row['id']), row['sealed']) }));
  }

  count(kind: Kind, home: string): number {
    const row = this.#database.store.get('SELECT count(*) AS n FROM prekey WHERE kind = ? AND home = ?', kind, home);
    return Number(row?.['n'] ?? 0);
  }

  markUploaded(kind: Kind, id: number): void {
    this.#database.store.run('UPDATE prekey SET uploaded = 1 WHERE kind = ? AND id = ?', kind, id);
  }

  /** No one-time key made so far is handed to a home any more. */
  markAllUploaded(): void {
    this.#database.store.run('UPDATE prekey SET uploaded = 1 WHERE kind >= 4');
  }

  remove(kind: Kind, id: number): void {
    this.#database.store.run('DELETE FROM prekey WHERE kind = ? AND id = ?', kind, id);
  }

  /** Keeps the newest `keep` of those for a home. */
  prune(kind: Kind, home: string, keep: number): void {
    this.#database.store.run(
      `DELETE FROM prekey WHERE kind = ?1 AND home = ?2 AND id <= (
        SELECT id FROM prekey WHERE kind = ?1 AND home = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)`,
      kind,
      home,
      keep,
    );
  }

  /** Keys of all homes that are older. */
  pruneLasting(beforeMs: number): void {
    this.#database.store.run('DELETE FROM prekey WHERE kind <= 3 AND created_at < ?', beforeMs);
  }

  /** One-time keys for homes that are homes no more, once nobody can come with one of them. */
  pruneLeft(homes: readonly string[], beforeMs: number): void {
    const places = homes.map(() => '?').join(', ');
    this.#database.store.run(
      `DELETE FROM prekey WHERE kind >= 4 AND home NOT IN (${places}) AND created_at < ?`,
      ...homes,
      beforeMs,
    );
  }

  /** One-time keys from when there was one home belong to it. */
  giveTo(home: string): void {
    this.#database.store.run(`UPDATE prekey SET home = ? WHERE kind >= 4 AND home = ''`, home);
  }

  #open(kind: Kind, id: number, sealed: unknown): PrekeyRecord {
    return this.#database.rows.openRecord('prekey', `${kind}/${id}`, sealed) as PrekeyRecord;
  }
}
