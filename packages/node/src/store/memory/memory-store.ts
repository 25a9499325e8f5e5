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
import { MemoryDirectory } from './memory-directory.ts';
import { MemoryPartitions } from './memory-partitions.ts';
import { MemoryQueues } from './memory-queues.ts';

/** Keeps everything until the process ends: for tests, simulation, and nodes that shall leave nothing on a disk. */
export class MemoryStore implements RelayStore {
  readonly #directory: MemoryDirectory;
  readonly #queues: MemoryQueues;
  readonly #partitions: MemoryPartitions;
  #closed = false;

  constructor(limits: StoreLimits) {
    this.#directory = new MemoryDirectory(limits);
    this.#queues = new MemoryQueues(limits, this.#directory);
    this.#partitions = new MemoryPartitions(this.#queues);
  }

  store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return this.#run(() => items.map((item) => this.#queues.store(item)));
  }

  take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]> {
    return this.#run(() => this.#queues.take(mailbox, device, after, limit));
  }

  waiting(mailbox: Uint8Array, device: number): Promise<number> {
    return this.#run(() => this.#queues.waiting(mailbox, device));
  }

  heads(devices: readonly DeviceRef[]): Promise<number[]> {
    return this.#run(() => devices.map((ref) => this.#queues.head(ref)));
  }

  acknowledge(items: readonly AcknowledgeItem[]): Promise<void> {
    return this.#run(() => {
      for (const item of items) this.#queues.acknowledge(item);
    });
  }

  publishKeys(published: PublishedKeys): Promise<KeyCountsOf> {
    return this.#run(() => this.#directory.publish(published));
  }

  keyCounts(mailbox: Uint8Array, device: number): Promise<KeyCountsOf> {
    return this.#run(() => this.#directory.counts(mailbox, device));
  }

  claimBundles(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): Promise<ClaimedBundle[]> {
    return this.#run(() => this.#directory.claim(mailbox, devices, oneTime));
  }

  access(mailbox: Uint8Array): Promise<Access | null> {
    return this.#run(() => this.#directory.access(mailbox));
  }

  setAccess(
    mailbox: Uint8Array,
    access: AccessChange | null,
    tokenHashes: readonly Uint8Array[],
  ): Promise<number | null> {
    return this.#run(() => this.#directory.setAccess(mailbox, access, tokenHashes));
  }

  compareState(mailbox: Uint8Array, device: number, expected: bigint, next: bigint): Promise<bigint> {
    return this.#run(() => this.#directory.compareState(mailbox, device, expected, next));
  }

  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean> {
    return this.#run(() => this.#directory.tokenIsValid(mailbox, tokenHash));
  }

  expire(nowSeconds: number): Promise<number> {
    return this.#run(() => this.#queues.expire(nowSeconds));
  }

  partitions(): Promise<PartitionCount[]> {
    return this.#run(() => this.#partitions.counts());
  }

  digests(from: number, to: number): Promise<PartitionFingerprint[]> {
    return this.#run(() => this.#partitions.digests(from, to));
  }

  inventory(partition: number, after: number, limit: number): Promise<HeldEnvelope[]> {
    return this.#run(() => this.#partitions.inventory(partition, after, limit));
  }

  read(refs: readonly EnvelopeRef[]): Promise<(StoreItem | null)[]> {
    return this.#run(() => refs.map((ref) => this.#partitions.read(ref)));
  }

  discard(refs: readonly EnvelopeRef[]): Promise<void> {
    return this.#run(() => {
      for (const ref of refs) this.#queues.discard(ref);
    });
  }

  accountRecord(mailbox: Uint8Array): Promise<AccountRecordKept | null> {
    return this.#run(() => this.#directory.record(mailbox));
  }

  saveAccount(record: AccountRecordKept, access: AccessHashes | null): Promise<void> {
    return this.#run(() => this.#directory.saveRecord(record, access));
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  // Verbs run at once, in call order; the executor turns a throw into a rejection.
  #run<T>(verb: () => T): Promise<T> {
    return new Promise((resolve) => {
      if (this.#closed) throw new RelayStoreError('closed', 'the store is closed');
      resolve(verb());
    });
  }
}
