/** Takes the records of a backup into an empty database. */
import type { OwnAccount } from '../account/identity-store.ts';
import { problemNumber } from '../history/problems.ts';
import type { ClientStore, Platform, SqlValue } from '../ports.ts';
import { toHex } from '../store/hex.ts';
import { applySchema, SCHEMA_VERSION } from '../store/schema.ts';
import { SealedRows } from '../store/sealed-rows.ts';
import { newerVersion } from './backup-cipher.ts';
import { damaged } from './backup-error.ts';
import type { AccountRecord, BackupCounts, BackupRecord, RowRecord } from './backup-records.ts';
import { METAS, TABLES } from './export-records.ts';
import type { BackupTable } from './export-records.ts';

const FAILED = 5;

/** What the rows leave to be done: the profile is not a device of the account yet. */
export interface RestoredAccount {
  readonly account: OwnAccount;
  readonly deviceList: Uint8Array;
  readonly madeAt: number;
}

/** Everything inside one transaction that the caller opened, and undoes when this throws. */
export class Restoration {
  readonly #store: ClientStore;
  readonly #rows: SealedRows;
  readonly #columns = new Map<string, ReadonlySet<string>>();
  readonly #counts = { contacts: 0, messages: 0, records: 0 };
  #account: AccountRecord | null = null;
  #isComplete = false;

  constructor({ store, primitives, random, databaseKey }: Platform) {
    this.#store = store;
    this.#rows = new SealedRows(primitives, random, databaseKey);
  }

  get counts(): BackupCounts {
    return this.#counts;
  }

  /** @throws BackupError('damaged' | 'newer-version'), StoreError */
  take(record: BackupRecord): void {
    if (this.#isComplete) throw damaged();
    if (record.kind === 'end') return this.#end(record.counts);
    this.#counts.records++;
    if (record.kind === 'account') return this.#begin(record);
    if (this.#account === null) throw damaged();
    if (record.kind === 'row') return this.#row(record);
    if (record.kind === 'meta') return this.#meta(record.name, record.value);
    // The version of the file says what may be in it: this is one that says so wrongly.
    if ((record.kind as string) !== 'devices') throw newerVersion();
    const tag = this.#rows.tag('devices', bytes(record.account, 32));
    this.#store.run(
      'INSERT INTO device_list (tag, sealed) VALUES (?, ?)',
      tag,
      this.#rows.sealRecord('device_list', toHex(tag), object(record.value)),
    );
  }

  /** When all records were taken. @throws BackupError('damaged') when there were fewer than it says */
  finish(): RestoredAccount {
    if (this.#account === null || !this.#isComplete) throw damaged();
    const { account, seed, deviceList, madeAt, schema } = this.#account;
    applySchema(this.#store, schema, SCHEMA_VERSION);
    // Sessions and what was sealed in them are gone: what waited then is left to the person.
    const problem = problemNumber('restored');
    for (const table of ['message', 'amendment']) {
      this.#store.run(`UPDATE ${table} SET state = ?, problem = ? WHERE outgoing = 1 AND state < 2`, FAILED, problem);
    }
    for (const [counter, table, column] of [
      ['position', 'message', 'position'],
      ['contact', 'contact', 'id'],
      ['amendment', 'amendment', 'number'],
    ]) {
      this.#store.run(
        `INSERT OR REPLACE INTO counter (name, value) SELECT ?, coalesce(max(${column}), 0) + 1 FROM ${table}`,
        counter ?? '',
      );
    }
    return { account: { publicKey: account, seed }, deviceList, madeAt };
  }

  #begin(record: AccountRecord): void {
    if (this.#account !== null) throw damaged();
    const { schema, account, seed, deviceList } = record;
    if (!Number.isInteger(schema) || schema < 1) throw damaged();
    if (schema > SCHEMA_VERSION) throw newerVersion();
    bytes(account, 32);
    if (seed !== null) bytes(seed, 32);
    bytes(deviceList, null);
    this.#account = record;
    this.#empty();
    applySchema(this.#store, 0, schema);
  }

  /** A profile that never got an identity may have tables. */
  #empty(): void {
    const tables = this.#store.all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`);
    for (const { name } of tables) this.#store.run(`DROP TABLE "${String(name)}"`);
  }

  #meta(name: string, value: object): void {
    if (!METAS.includes(name)) throw newerVersion();
    this.#store.run(
      'INSERT INTO meta (name, sealed) VALUES (?, ?)',
      name,
      this.#rows.sealRecord('meta', name, object(value)),
    );
  }

  #row({ table, columns, sealed }: RowRecord): void {
    if (!Object.hasOwn(TABLES, table)) throw newerVersion();
    const { key } = TABLES[table as BackupTable];
    const known = this.#columnsOf(table);
    const names = Object.keys(object(columns));
    const values: SqlValue[] = names.map((name) => columns[name] ?? null);
    const isValue = (value: SqlValue): boolean =>
      value === null || typeof value === 'string' || Number.isSafeInteger(value) || value instanceof Uint8Array;
    if (!names.every((name) => known.has(name) && name !== 'sealed') || !values.every(isValue)) throw damaged();
    if (known.has('sealed')) {
      const row = columns[key];
      if (typeof row !== 'number') throw damaged();
      names.push('sealed');
      values.push(this.#rows.sealRecord(table, row, object(sealed)));
    }
    if (table === 'contact') {
      // Rows are found by a keyed hash, and this database has another key.
      names.push('tag');
      values.push(this.#rows.tag('contact', bytes((sealed as { account?: unknown }).account, 32)));
      this.#counts.contacts++;
    } else if (table === 'message') {
      this.#counts.messages++;
    }
    const places = names.map(() => '?').join(', ');
    this.#store.run(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`, ...values);
  }

  #end(counts: BackupCounts): void {
    const { contacts, messages, records } = this.#counts;
    if (this.#account === null) throw damaged();
    if (counts.contacts !== contacts || counts.messages !== messages || counts.records !== records) throw damaged();
    this.#isComplete = true;
  }

  #columnsOf(table: string): ReadonlySet<string> {
    let known = this.#columns.get(table);
    if (known === undefined) {
      known = new Set(
        this.#store.all(`SELECT name FROM pragma_table_info('${table}')`).map(({ name }) => String(name)),
      );
      this.#columns.set(table, known);
    }
    return known;
  }
}

function bytes(value: unknown, length: number | null): Uint8Array {
  if (value instanceof Uint8Array && (length === null || value.length === length)) return value;
  throw damaged();
}

function object(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw damaged();
}
