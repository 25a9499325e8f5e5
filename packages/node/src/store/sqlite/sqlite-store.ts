import {
  type Access,
  type AccessChange,
  type AcknowledgeItem,
  type ClaimedBundle,
  type DeviceRef,
  type KeyCountsOf,
  type PublishedKeys,
  type QueuedEnvelope,
  type RelayStore,
  RelayStoreError,
  type StoreItem,
  type StoreOutcome,
} from '../relay-store.ts';
import {
  type AccessHashes,
  type AccountRecordKept,
  type EnvelopeRef,
  type HeldEnvelope,
  type PartitionCount,
  type PartitionFingerprint,
} from '../ring-store.ts';
import { type StoreLimits } from '../store-limits.ts';
import { type Call, type Decode, type OtherVerb, type OtherVerbs, readEnvelopes, readOutcomes } from './calls.ts';
import { type DatabaseOptions } from './database.ts';
import { detached } from './detached.ts';
import { type SettlementPace } from './settlement.ts';
import { keyOfId } from './short-id.ts';
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

const LAST_PARTITION = 16_383;
/** Partitions looked at in one call, so that others are not held up for long. */
const SLICE_PARTITIONS = 64;
/** Devices looked at in one call. */
const SLICE_DEVICES = 256;

/** Of larger objects too, only what a ref needs. */
const refsOf = (refs: readonly EnvelopeRef[]): EnvelopeRef[] =>
  refs.map(({ id, mailbox, device, expires }) => detached({ id, mailbox, device, expires }));

/** Passes each verb to the database. Nothing here waits for a disk. */
export class SqliteStore implements RelayStore {
  readonly #channel: CallChannel;
  /** The last run of expire or discard: each takes several calls, and what they settle must not mix. */
  #settling: Promise<unknown> = Promise.resolve();
  /** Ids that are being discarded, to the end of it. */
  readonly #discarding = new Map<string, Promise<unknown>>();
  #closing: Promise<void> | null = null;

  constructor(channel: CallChannel) {
    this.#channel = channel;
  }

  store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return this.#open(() => (this.#discarding.size === 0 ? this.#store(items) : this.#storeAfterDiscard(items)));
  }

  take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]> {
    return this.#open(() => this.#channel.call({ verb: 'take', mailbox, device, after, limit }, readEnvelopes));
  }

  waiting(mailbox: Uint8Array, device: number): Promise<number> {
    return this.#open(() => this.#channel.call({ verb: 'waiting', mailbox, device }, (reader) => reader.u32()));
  }

  heads(devices: readonly DeviceRef[]): Promise<number[]> {
    const own = devices.map(({ mailbox, device }) => ({ mailbox: mailbox.slice(), device }));
    return this.#open(async () => {
      const slices: number[][] = [];
      for (let first = 0; first < own.length; first += SLICE_DEVICES) {
        this.#requireOpen();
        slices.push(await this.#channel.other('heads', { devices: own.slice(first, first + SLICE_DEVICES) }));
      }
      return slices.flat();
    });
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

  setAccess(
    mailbox: Uint8Array,
    access: AccessChange | null,
    tokenHashes: readonly Uint8Array[],
  ): Promise<number | null> {
    return this.#open(() => this.#channel.other('setAccess', detached({ mailbox, access, tokenHashes })));
  }

  compareState(mailbox: Uint8Array, device: number, expected: bigint, next: bigint): Promise<bigint> {
    return this.#open(() => this.#channel.other('compareState', { mailbox: mailbox.slice(), device, expected, next }));
  }

  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean> {
    return this.#open(() => this.#channel.other('tokenIsValid', detached({ mailbox, tokenHash })));
  }

  partitions(): Promise<PartitionCount[]> {
    return this.#open(() =>
      this.#inSlices(0, LAST_PARTITION, (from, to) => this.#channel.other('partitionSlice', { from, to })),
    );
  }

  digests(from: number, to: number): Promise<PartitionFingerprint[]> {
    return this.#open(() =>
      this.#inSlices(from, to, (first, last) => this.#channel.other('digestSlice', { from: first, to: last })),
    );
  }

  inventory(partition: number, after: number, limit: number): Promise<HeldEnvelope[]> {
    return this.#open(() => this.#channel.other('inventory', { partition, after, limit }));
  }

  read(refs: readonly EnvelopeRef[]): Promise<(StoreItem | null)[]> {
    return this.#open(() => this.#channel.other('read', { refs: refsOf(refs) }));
  }

  discard(refs: readonly EnvelopeRef[]): Promise<void> {
    const own = refsOf(refs);
    return this.#open(() => {
      const run = this.#afterOthers(async () => {
        while (await this.#channel.other('discardSlice', { refs: own }));
      });
      this.#holdBack(own, run);
      return run;
    });
  }

  accountRecord(mailbox: Uint8Array): Promise<AccountRecordKept | null> {
    return this.#open(() => this.#channel.other('accountRecord', { mailbox: mailbox.slice() }));
  }

  saveAccount(record: AccountRecordKept, access: AccessHashes | null): Promise<void> {
    return this.#open(async () => {
      await this.#channel.other('saveAccount', detached({ record, access }));
    });
  }

  expire(nowSeconds: number): Promise<number> {
    return this.#open(() => this.#afterOthers(() => this.#expire(nowSeconds)));
  }

  close(): Promise<void> {
    this.#closing ??= this.#settling.then(() => this.#channel.close());
    return this.#closing;
  }

  #store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return this.#channel.call({ verb: 'store', items }, (reader) => readOutcomes(reader, items.length));
  }

  /** What is on its way out must not be taken for a copy that is here (STORE-35). */
  #storeAfterDiscard(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    const ends = new Set(items.flatMap(({ id }) => this.#discarding.get(keyOfId(id)) ?? []));
    if (ends.size === 0) return this.#store(items);
    const own = items.map((item) => detached(item));
    return Promise.allSettled(ends).then(() => this.store(own));
  }

  #holdBack(refs: readonly EnvelopeRef[], run: Promise<unknown>): void {
    const keys = refs.map(({ id }) => keyOfId(id));
    for (const key of keys) this.#discarding.set(key, run);
    const over = (): void => {
      for (const key of keys) if (this.#discarding.get(key) === run) this.#discarding.delete(key);
    };
    run.then(over, over);
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

  #afterOthers<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#settling.then(work);
    this.#settling = run.catch(() => undefined);
    return run;
  }

  async #inSlices<T>(from: number, to: number, slice: (from: number, to: number) => Promise<T[]>): Promise<T[]> {
    const all: T[] = [];
    for (let first = from; first <= to; first += SLICE_PARTITIONS) {
      // The last thing that the database hears is close().
      this.#requireOpen();
      all.push(...(await slice(first, Math.min(to, first + SLICE_PARTITIONS - 1))));
    }
    return all;
  }

  async #open<T>(verb: () => Promise<T>): Promise<T> {
    this.#requireOpen();
    return verb();
  }

  #requireOpen(): void {
    if (this.#closing !== null) throw new RelayStoreError('closed', 'the store is closed');
  }
}
