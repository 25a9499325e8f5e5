import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabaseSync } from 'node:sqlite';
import { type OpenHarness } from '../relay-store.contract.ts';
import { RelayStoreError } from '../relay-store.ts';
import { type StoreLimits } from '../store-limits.ts';
import {
  type Call,
  type CallFailure,
  type Decode,
  type OtherCall,
  type OtherVerb,
  type OtherVerbs,
  writeCall,
} from './calls.ts';
import { openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import { PackedReader, PackedWriter } from './packed-bytes.ts';
import { DEFAULT_SETTLEMENT_PACE, type SettlementPace } from './settlement.ts';
import { type CallChannel, openSqliteStore, SqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';

export const makeDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'sotto-store-'));

/** Stores as a node opens them, in directories of their own. */
export const workerHarness: OpenHarness = (limits) =>
  harnessOf((dataDir) => openSqliteStore({ dataDir, limits, maxFileBytes: null, pace: DEFAULT_SETTLEMENT_PACE }));

/** Without thread and flush, and at another pace of settlement: for many short tests. */
export const directHarness = (pace: SettlementPace) => (limits: StoreLimits) =>
  harnessOf((dataDir) => Promise.resolve(openDirect({ dataDir, limits, maxFileBytes: null, pace })));

export function openDirect(options: SqliteStoreOptions): SqliteStore {
  const database = openDatabase(options);
  database.exec('PRAGMA synchronous=OFF');
  return new SqliteStore(new DirectChannel(database, options));
}

async function harnessOf(open: (dataDir: string) => Promise<SqliteStore>) {
  const dataDir = await makeDataDir();
  let current = await open(dataDir);
  return {
    dataDir,
    store: current,
    reopen: async () => {
      await current.close();
      current = await open(dataDir);
      return current;
    },
    dispose: async () => {
      await current.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Executes each call at once. */
class DirectChannel implements CallChannel {
  readonly #database: DatabaseSync;
  readonly #group: GroupCommit;

  constructor(database: DatabaseSync, options: SqliteStoreOptions) {
    this.#database = database;
    this.#group = new GroupCommit(database, options);
  }

  async call<T>(call: Call, decode: Decode<T>): Promise<T> {
    const writer = new PackedWriter(new ArrayBuffer(1_024));
    const others: OtherCall[] = [];
    writeCall(writer, others, call);
    const response = this.#group.execute([{ packed: writer.take(), others }]);
    const reader = new PackedReader(response.packed);
    if (reader.u8() === 1) return decode(reader, response.others.values());
    const { code, message } = response.others[0] as CallFailure;
    throw new RelayStoreError(code, message);
  }

  other<V extends OtherVerb>(verb: V, input: OtherVerbs[V]['in']): Promise<OtherVerbs[V]['out']> {
    const call = { verb, ...input } as unknown as OtherCall;
    return this.call(call, (_reader, others) => others.next().value as OtherVerbs[V]['out']);
  }

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }
}
