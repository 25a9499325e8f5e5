/** Ratchet sessions with the devices of others: one sealed row each. */
import { be32, concat } from '@sotto/protocol/crypto';
import { decodeRecord, EMPTY_RECORD, encodeRecord, RatchetError, retireSessions } from '@sotto/protocol/ratchet';
import type { SessionRecord } from '@sotto/protocol/ratchet';
import type { Database } from '../store/database.ts';
import { StoreError } from '../ports.ts';
import { toHex } from '../store/hex.ts';

/** A record as it was read. `version` changes with every write, so a writer sees whether it was overtaken. */
export interface ReadSession {
  readonly record: SessionRecord;
  readonly version: number;
}

interface Cached extends ReadSession {
  readonly tag: Uint8Array;
  readonly row: string;
}

const MAX_CACHED = 500;

export class Sessions {
  readonly #database: Database;
  readonly #cache = new Map<string, Cached>();
  #version = 0;

  constructor(database: Database) {
    this.#database = database;
    database.onRollback(() => this.#cache.clear());
  }

  /** A row that is damaged, or of a later version, counts as none: a fresh session takes its place. @throws StoreError */
  read(account: Uint8Array, device: number): ReadSession {
    return this.#read(account, device);
  }

  /** Inside a transaction, with whatever the new state belongs to: ciphertext or history. */
  write(account: Uint8Array, device: number, record: SessionRecord): void {
    const { tag, row } = this.#read(account, device);
    this.#database.store.run(
      'INSERT OR REPLACE INTO session (tag, sealed) VALUES (?, ?)',
      tag,
      this.#database.rows.seal('session', row, encodeRecord(record)),
    );
    this.#keep(nameOf(account, device), { tag, row, record, version: ++this.#version });
  }

  /** From now on they only receive: the next message begins a new one. Inside a transaction. @returns whether there was one */
  retire(account: Uint8Array, device: number): boolean {
    const { record } = this.#read(account, device);
    const hasSessions = record.current !== null || record.archived.length > 0;
    if (hasSessions) this.write(account, device, retireSessions(record));
    return hasSessions;
  }

  /** The same with everybody. Inside a transaction. @returns how many devices there are sessions with */
  retireAll(): number {
    const { store, rows } = this.#database;
    this.#cache.clear();
    let retired = 0;
    for (const { tag } of store.all('SELECT tag FROM session')) {
      const row = toHex(tag as Uint8Array);
      const record = this.#open(row, store.get('SELECT sealed FROM session WHERE tag = ?', tag ?? null)?.['sealed']);
      if (record.current === null && record.archived.length === 0) continue;
      const sealed = rows.seal('session', row, encodeRecord(retireSessions(record)));
      store.run('UPDATE session SET sealed = ? WHERE tag = ?', sealed, tag ?? null);
      retired++;
    }
    return retired;
  }

  #open(row: string, sealed: unknown): SessionRecord {
    try {
      return sealed === undefined ? EMPTY_RECORD : decodeRecord(this.#database.rows.open('session', row, sealed));
    } catch (error) {
      const isDamaged = error instanceof StoreError && error.code === 'corrupt';
      if (isDamaged || error instanceof RatchetError) return EMPTY_RECORD;
      throw error;
    }
  }

  #read(account: Uint8Array, device: number): Cached {
    const name = nameOf(account, device);
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    const tag = this.#database.rows.tag('session', concat(account, be32(device)));
    const row = toHex(tag);
    const sealed = this.#database.store.get('SELECT sealed FROM session WHERE tag = ?', tag)?.['sealed'];
    const read = { tag, row, record: this.#open(row, sealed), version: ++this.#version };
    this.#keep(name, read);
    return read;
  }

  #keep(name: string, cached: Cached): void {
    this.#cache.delete(name);
    this.#cache.set(name, cached);
    if (this.#cache.size <= MAX_CACHED) return;
    const [oldest] = this.#cache.keys();
    if (oldest !== undefined) this.#cache.delete(oldest);
  }
}

const nameOf = (account: Uint8Array, device: number): string => `${toHex(account)}/${device}`;
