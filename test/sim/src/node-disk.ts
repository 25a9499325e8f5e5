import type {
  Access,
  AccessChange,
  AccessHashes,
  AccountRecordKept,
  AcknowledgeItem,
  ClaimedBundle,
  DeviceRef,
  EnvelopeRef,
  HeldEnvelope,
  KeyCountsOf,
  PartitionCount,
  PartitionFingerprint,
  PublishedKeys,
  QueuedEnvelope,
  RelayStore,
  StoreItem,
  StoreOutcome,
} from '@sotto/node';
import { RelayStoreError } from '@sotto/node';
import type { RandomSource } from './random-source.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualProcess } from './virtual-process.ts';

/** What a disk does to a node. */
export interface DiskFaults {
  readonly minSyncMs: number;
  readonly maxSyncMs: number;
  /** Probability that a call fails for no good reason. */
  readonly fail: number;
}

/** Told of what is durable, the moment it is. */
export interface DiskObserver {
  stored(item: StoreItem, outcome: StoreOutcome): void;
  /** Handed to the node to be delivered. */
  taken(id: Uint8Array): void;
  acknowledged(item: AcknowledgeItem): void;
  published(keys: PublishedKeys): void;
}

export interface NodeDiskParts {
  /** What survives: the same store for every life of the node. */
  readonly durable: RelayStore;
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  readonly process: VirtualProcess;
  readonly faults: () => DiskFaults;
  readonly isFull: () => boolean;
  readonly observer: DiskObserver;
}

/** Between the sync and the node hearing of it. */
const MAX_ANSWER_MS = 2;

/**
 * A node's store as one life of the node sees it, on a disk that takes time. Calls take effect in the order in which
 * they were made; a write counts once its sync is over, whole, and what was not synced when the process died is gone.
 */
export class NodeDisk implements RelayStore {
  readonly #parts: NodeDiskParts;
  #tailMs = 0;

  constructor(parts: NodeDiskParts) {
    this.#parts = parts;
  }

  store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    const { durable, observer } = this.#parts;
    const kept = items.map((item) => ({ ...item, body: item.body.slice(), mailbox: item.mailbox.slice() }));
    return this.#write(async () => {
      const outcomes = await durable.store(kept);
      for (const [index, item] of kept.entries()) observer.stored(item, outcomes[index] as StoreOutcome);
      return outcomes;
    });
  }

  acknowledge(items: readonly AcknowledgeItem[]): Promise<void> {
    const { durable, observer } = this.#parts;
    const kept = items.map((item) => ({ ...item, ids: item.ids.map((id) => id.slice()) }));
    return this.#write(async () => {
      await durable.acknowledge(kept);
      for (const item of kept) observer.acknowledged(item);
    });
  }

  take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]> {
    const { durable, observer } = this.#parts;
    return this.#read(async () => {
      const page = await durable.take(mailbox, device, after, limit);
      for (const { id } of page) observer.taken(id);
      return page;
    });
  }

  publishKeys(published: PublishedKeys): Promise<KeyCountsOf> {
    const { durable, observer } = this.#parts;
    return this.#write(async () => {
      const counts = await durable.publishKeys(published);
      observer.published(published);
      return counts;
    });
  }

  claimBundles(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): Promise<ClaimedBundle[]> {
    return this.#write(() => this.#parts.durable.claimBundles(mailbox, devices, oneTime));
  }

  setAccess(mailbox: Uint8Array, access: AccessChange, tokenHashes: readonly Uint8Array[]): Promise<number | null> {
    return this.#write(() => this.#parts.durable.setAccess(mailbox, access, tokenHashes));
  }

  compareState(mailbox: Uint8Array, device: number, expected: bigint, next: bigint): Promise<bigint> {
    return this.#write(() => this.#parts.durable.compareState(mailbox, device, expected, next));
  }

  expire(nowSeconds: number): Promise<number> {
    return this.#write(() => this.#parts.durable.expire(nowSeconds));
  }

  waiting(mailbox: Uint8Array, device: number): Promise<number> {
    return this.#read(() => this.#parts.durable.waiting(mailbox, device));
  }

  heads(devices: readonly DeviceRef[]): Promise<number[]> {
    return this.#read(() => this.#parts.durable.heads(devices));
  }

  keyCounts(mailbox: Uint8Array, device: number): Promise<KeyCountsOf> {
    return this.#read(() => this.#parts.durable.keyCounts(mailbox, device));
  }

  access(mailbox: Uint8Array): Promise<Access | null> {
    return this.#read(() => this.#parts.durable.access(mailbox));
  }

  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean> {
    return this.#read(() => this.#parts.durable.tokenIsValid(mailbox, tokenHash));
  }

  partitions(): Promise<PartitionCount[]> {
    return this.#read(() => this.#parts.durable.partitions());
  }

  digests(from: number, to: number): Promise<PartitionFingerprint[]> {
    return this.#read(() => this.#parts.durable.digests(from, to));
  }

  inventory(partition: number, after: number, limit: number): Promise<HeldEnvelope[]> {
    return this.#read(() => this.#parts.durable.inventory(partition, after, limit));
  }

  read(refs: readonly EnvelopeRef[]): Promise<(StoreItem | null)[]> {
    return this.#read(() => this.#parts.durable.read(refs));
  }

  discard(refs: readonly EnvelopeRef[]): Promise<void> {
    return this.#write(() => this.#parts.durable.discard(refs));
  }

  accountRecord(mailbox: Uint8Array): Promise<AccountRecordKept | null> {
    return this.#read(() => this.#parts.durable.accountRecord(mailbox));
  }

  saveAccount(record: AccountRecordKept, access: AccessHashes | null): Promise<void> {
    return this.#write(() => this.#parts.durable.saveAccount(record, access));
  }

  /** The disk outlives the node. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #read<T>(verb: () => Promise<T>): Promise<T> {
    return this.#inOrder(0, 0, verb);
  }

  #write<T>(verb: () => Promise<T>): Promise<T> {
    const { minSyncMs, maxSyncMs } = this.#parts.faults();
    const full = this.#parts.isFull();
    return this.#inOrder(minSyncMs, maxSyncMs, () =>
      full ? Promise.reject(new RelayStoreError('disk-full', 'The disk is full.')) : verb(),
    );
  }

  /** Never when the process died before; the process may also die before it hears that it was done. */
  #inOrder<T>(minMs: number, maxMs: number, verb: () => Promise<T>): Promise<T> {
    const { clock, random, process, faults } = this.#parts;
    const nowMs = clock.now();
    const doneMs = Math.max(this.#tailMs, nowMs) + random.between(minMs, maxMs);
    const answerMs = random.between(0, MAX_ANSWER_MS);
    const fails = random.chance(faults().fail);
    this.#tailMs = doneMs + answerMs;
    return new Promise((resolve, reject) => {
      process.clock.after(doneMs - nowMs, () => {
        if (fails) return reject(new RelayStoreError('failed', 'The disk failed.'));
        // The disk has done it: what follows is only who hears of it.
        void verb().then(
          (result) => process.clock.after(answerMs, () => resolve(result)),
          (error: Error) => process.clock.after(answerMs, () => reject(error)),
        );
      });
    });
  }
}
