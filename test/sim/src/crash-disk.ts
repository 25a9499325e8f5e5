import type {
  Access,
  AcknowledgeItem,
  ClaimedBundle,
  KeyCountsOf,
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
  /** Probability that a commit finds the disk full. */
  readonly full: number;
}

/**
 * A node's store on a disk that takes time: a write counts once its sync is over, and writes that were not synced
 * when the process died are gone, each batch whole. Reads see what is synced.
 */
export class CrashDisk implements RelayStore {
  readonly #disk: RelayStore;
  readonly #clock: VirtualClock;
  readonly #random: RandomSource;
  readonly #process: VirtualProcess;
  readonly #faults: () => DiskFaults;
  #tail = 0;

  /** @param disk what survives: the same object for every life of the node */
  constructor(
    disk: RelayStore,
    clock: VirtualClock,
    random: RandomSource,
    process: VirtualProcess,
    faults: () => DiskFaults,
  ) {
    this.#disk = disk;
    this.#clock = clock;
    this.#random = random;
    this.#process = process;
    this.#faults = faults;
  }

  store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    if (this.#random.chance(this.#faults().full)) {
      return Promise.reject(new RelayStoreError('disk-full', 'The disk is full.'));
    }
    return this.#synced(() => this.#disk.store(items));
  }

  acknowledge(items: readonly AcknowledgeItem[]): Promise<void> {
    return this.#synced(() => this.#disk.acknowledge(items));
  }

  publishKeys(published: PublishedKeys): Promise<KeyCountsOf> {
    return this.#synced(() => this.#disk.publishKeys(published));
  }

  claimBundles(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): Promise<ClaimedBundle[]> {
    return this.#synced(() => this.#disk.claimBundles(mailbox, devices, oneTime));
  }

  setAccess(...change: Parameters<RelayStore['setAccess']>): Promise<void> {
    return this.#synced(() => this.#disk.setAccess(...change));
  }

  expire(nowSeconds: number): Promise<number> {
    return this.#synced(() => this.#disk.expire(nowSeconds));
  }

  take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]> {
    return this.#disk.take(mailbox, device, after, limit);
  }

  waiting(mailbox: Uint8Array, device: number): Promise<number> {
    return this.#disk.waiting(mailbox, device);
  }

  keyCounts(mailbox: Uint8Array, device: number): Promise<KeyCountsOf> {
    return this.#disk.keyCounts(mailbox, device);
  }

  access(mailbox: Uint8Array): Promise<Access | null> {
    return this.#disk.access(mailbox);
  }

  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean> {
    return this.#disk.tokenIsValid(mailbox, tokenHash);
  }

  /** The disk outlives the node. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Runs `write` when its sync is over; one after the other; never when the process died before. */
  #synced<T>(write: () => Promise<T>): Promise<T> {
    const { minSyncMs, maxSyncMs } = this.#faults();
    const at = Math.max(this.#tail, this.#clock.now()) + this.#random.between(minSyncMs, maxSyncMs);
    this.#tail = at;
    return new Promise((resolve, reject) => {
      this.#clock.after(at - this.#clock.now(), () => {
        if (this.#process.alive) write().then(resolve, reject);
      });
    });
  }
}
