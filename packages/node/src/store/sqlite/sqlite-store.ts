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
import { readEnvelopes, readOutcomes } from './calls.ts';
import { type DatabaseOptions } from './database.ts';
import { detached } from './detached.ts';
import { StoreWorker } from './store-worker.ts';

export interface SqliteStoreOptions extends DatabaseOptions {
  readonly limits: StoreLimits;
}

/** @throws RelayStoreError that names the file and says what to do. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<RelayStore> {
  return new SqliteStore(await StoreWorker.open(options));
}

/** Passes each verb to the worker thread. Nothing here waits for a disk. */
class SqliteStore implements RelayStore {
  readonly #worker: StoreWorker;
  /** The last run of expire, which takes several calls. */
  #expiring: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(worker: StoreWorker) {
    this.#worker = worker;
  }

  store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return this.#open(() =>
      this.#worker.call({ verb: 'store', items }, (reader) => readOutcomes(reader, items.length)),
    );
  }

  take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]> {
    return this.#open(() => this.#worker.call({ verb: 'take', mailbox, device, after, limit }, readEnvelopes));
  }

  waiting(mailbox: Uint8Array, device: number): Promise<number> {
    return this.#open(() => this.#worker.call({ verb: 'waiting', mailbox, device }, (reader) => reader.u32()));
  }

  acknowledge(items: readonly AcknowledgeItem[]): Promise<void> {
    return this.#open(() => this.#worker.call({ verb: 'acknowledge', items }, () => undefined));
  }

  publishKeys(published: PublishedKeys): Promise<KeyCountsOf> {
    return this.#open(() => this.#worker.other('publishKeys', { published: detached(published) }));
  }

  keyCounts(mailbox: Uint8Array, device: number): Promise<KeyCountsOf> {
    return this.#open(() => this.#worker.other('keyCounts', { mailbox: mailbox.slice(), device }));
  }

  claimBundles(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): Promise<ClaimedBundle[]> {
    return this.#open(() => this.#worker.other('claimBundles', detached({ mailbox, devices, oneTime })));
  }

  access(mailbox: Uint8Array): Promise<Access | null> {
    return this.#open(() => this.#worker.other('access', { mailbox: mailbox.slice() }));
  }

  setAccess(mailbox: Uint8Array, access: AccessChange, tokenHashes: readonly Uint8Array[]): Promise<void> {
    return this.#open(async () => {
      await this.#worker.other('setAccess', detached({ mailbox, access, tokenHashes }));
    });
  }

  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean> {
    return this.#open(() => this.#worker.other('tokenIsValid', detached({ mailbox, tokenHash })));
  }

  expire(nowSeconds: number): Promise<number> {
    return this.#open(() => {
      const run = this.#expiring.then(() => this.#expire(nowSeconds));
      this.#expiring = run.catch(() => undefined);
      return run;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#expiring.then(() => this.#worker.close());
    return this.#closing;
  }

  async #expire(nowSeconds: number): Promise<number> {
    let removed = 0;
    for (let more = true; more;) {
      const slice = await this.#worker.other('expireSlice', { nowSeconds });
      removed += slice.removed;
      more = slice.more;
    }
    await this.#worker.other('clearLog', {});
    return removed;
  }

  async #open<T>(verb: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) throw new RelayStoreError('closed', 'the store is closed');
    return verb();
  }
}
