import {
  type Access,
  type AccessChange,
  type AcknowledgeItem,
  type ClaimedBundle,
  type KeyCountsOf,
  type PublishedKeys,
  type QueuedEnvelope,
  type RelayStore,
  RelayStoreError,
  type StoreItem,
  type StoreOutcome,
} from '../relay-store.ts';
import { type StoreLimits } from '../store-limits.ts';
import { type Call, type Decode, type OtherVerb, type OtherVerbs, readEnvelopes, readOutcomes } from './calls.ts';
import { type DatabaseOptions } from './database.ts';
import { detached } from './detached.ts';
import { type SettlementPace } from './settlement.ts';
import { StoreWorker } from './store-worker.ts';

export interface SqliteStoreOptions extends DatabaseOptions {
  readonly limits: StoreLimits;
  readonly pace: SettlementPace;
}

/** @throws RelayStoreError that names the file and says what to do. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  return new SqliteStore(await StoreWorker.open(options));
}

/** The way to the database. Calls take effect, and are answered, in order. */
export interface CallChannel {
  /** Copies what it needs of the call before it returns. */
  call<T>(call: Call, decode: Decode<T>): Promise<T>;
  /** Does not copy: see detached. */
  other<V extends OtherVerb>(verb: V, input: OtherVerbs[V]['in']): Promise<OtherVerbs[V]['out']>;
  close(): Promise<void>;
}

/** Passes each verb to the database. Nothing here waits for a disk. */
export class SqliteStore implements RelayStore {
  readonly #channel: CallChannel;
  /** The last run of expire, which takes several calls. */
  #expiring: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(channel: CallChannel) {
    this.#channel = channel;
  }

  store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return this.#open(() =>
      this.#channel.call({ verb: 'store', items }, (reader) => readOutcomes(reader, items.length)),
    );
  }

  take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]> {
    return this.#open(() => this.#channel.call({ verb: 'take', mailbox, device, after, limit }, readEnvelopes));
  }

  waiting(mailbox: Uint8Array, device: number): Promise<number> {
    return this.#open(() => this.#channel.call({ verb: 'waiting', mailbox, device }, (reader) => reader.u32()));
  }

  acknowledge(items: readonly AcknowledgeItem[]): Promise<void> {
    return this.#open(() => this.#channel.call({ verb: 'acknowledge', items }, () => undefined));
  }

  publishKeys(published: PublishedKeys): Promise<KeyCountsOf> {
    return this.#open(() => this.#channel.other('publishKeys', { published: detached(published) }));
  }

  keyCounts(mailbox: Uint8Array, device: number): Promise<KeyCountsOf> {
    return this.#open(() => this.#channel.other('keyCounts', { mailbox: mailbox.slice(), device }));
  }

  claimBundles(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): Promise<ClaimedBundle[]> {
    return this.#open(() => this.#channel.other('claimBundles', detached({ mailbox, devices, oneTime })));
  }

  access(mailbox: Uint8Array): Promise<Access | null> {
    return this.#open(() => this.#channel.other('access', { mailbox: mailbox.slice() }));
  }

  setAccess(mailbox: Uint8Array, access: AccessChange, tokenHashes: readonly Uint8Array[]): Promise<void> {
    return this.#open(async () => {
      await this.#channel.other('setAccess', detached({ mailbox, access, tokenHashes }));
    });
  }

  compareState(mailbox: Uint8Array, device: number, expected: bigint, next: bigint): Promise<bigint> {
    return this.#open(() => this.#channel.other('compareState', { mailbox: mailbox.slice(), device, expected, next }));
  }

  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean> {
    return this.#open(() => this.#channel.other('tokenIsValid', detached({ mailbox, tokenHash })));
  }

  expire(nowSeconds: number): Promise<number> {
    return this.#open(() => {
      const run = this.#expiring.then(() => this.#expire(nowSeconds));
      this.#expiring = run.catch(() => undefined);
      return run;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#expiring.then(() => this.#channel.close());
    return this.#closing;
  }

  async #expire(nowSeconds: number): Promise<number> {
    let removed = 0;
    for (let more = true; more;) {
      const slice = await this.#channel.other('expireSlice', { nowSeconds });
      removed += slice.removed;
      more = slice.more;
    }
    await this.#channel.other('clearLog', {});
    return removed;
  }

  async #open<T>(verb: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) throw new RelayStoreError('closed', 'the store is closed');
    return verb();
  }
}
