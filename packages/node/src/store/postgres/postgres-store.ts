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
import {
  lockAccount,
  readAccess,
  readRecord,
  replaceAccess,
  replaceList,
  setAccess,
  tokenIsValid,
} from './account-rows.ts';
import { Acknowledging } from './acknowledging.ts';
import { CallOrder } from './call-order.ts';
import { type Connections } from './connections.ts';
import { DayHints } from './day-hints.ts';
import { dayOf, DayPartitions } from './day-partitions.ts';
import { Expiry } from './expiry.ts';
import { addKeys, claim, compareState, countKeys, publish, readKeys } from './key-rows.ts';
import { QueueRows } from './queue-rows.ts';
import { digests, heads, inventory, partitions, read, take, waiting } from './queue-reads.ts';
import { accountName, queueName, StoreBatches } from './store-batches.ts';
import { Storing } from './storing.ts';
import { type Transactions } from './transactions.ts';

const LAST_PARTITION = 16_383;
/** Partitions, envelopes or devices looked at in one statement. */
const SLICE_PARTITIONS = 64;
const SLICE_ENVELOPES = 500;
const SLICE_DEVICES = 10_000;

/**
 * A RelayStore that several processes share. Calls of one process that touch the same queue or account keep their
 * order; between processes the locks of rows decide.
 */
export class PostgresStore implements RelayStore {
  readonly #limits: StoreLimits;
  readonly #connections: readonly Connections[];
  readonly #transactions: Transactions;
  readonly #order = new CallOrder();
  readonly #hints = new DayHints();
  readonly #batches: StoreBatches;
  readonly #acknowledging: Acknowledging;
  readonly #expiry: Expiry;
  #lastExpiry: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(limits: StoreLimits, connections: readonly Connections[], transactions: Transactions) {
    this.#limits = limits;
    this.#connections = connections;
    this.#transactions = transactions;
    const days = new DayPartitions(transactions);
    const queues = new QueueRows(transactions);
    const parts = { limits, transactions, queues, days, hints: this.#hints };
    const storing = new Storing(parts);
    this.#batches = new StoreBatches(this.#order, (items) => storing.store(items));
    this.#acknowledging = new Acknowledging(parts);
    this.#expiry = new Expiry(transactions, days);
  }

  store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return this.#open(() => this.#batches.add(items));
  }

  take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]> {
    const own = mailbox.slice();
    return this.#inQueue(own, device, async () => {
      const taken = await this.#transactions.read((connection) => take(connection, own, device, after, limit));
      for (const { id, expires } of taken) this.#hints.add(id, dayOf(expires));
      return taken;
    });
  }

  waiting(mailbox: Uint8Array, device: number): Promise<number> {
    const own = mailbox.slice();
    return this.#inQueue(own, device, () => this.#transactions.read((connection) => waiting(connection, own, device)));
  }

  heads(devices: readonly DeviceRef[]): Promise<number[]> {
    const own = devices.map(({ mailbox, device }) => ({ mailbox: mailbox.slice(), device }));
    const slice = (refs: readonly DeviceRef[]) => this.#transactions.read((connection) => heads(connection, refs));
    return this.#named(namesOf(own), async () => {
      const found: number[][] = [];
      for (const refs of slicesOf(own, SLICE_DEVICES)) found.push(await slice(refs));
      return found.flat();
    });
  }

  acknowledge(items: readonly AcknowledgeItem[]): Promise<void> {
    const own = items.map((item) => ({
      ...item,
      mailbox: item.mailbox.slice(),
      ids: item.ids.map((id) => id.slice()),
    }));
    return this.#named(namesOf(own), () => this.#acknowledging.acknowledge(own));
  }

  publishKeys(published: PublishedKeys): Promise<KeyCountsOf> {
    const own = structuredClone(published);
    return this.#inAccount(own.mailbox, () =>
      this.#transactions.write((connection) => publish(connection, this.#limits, own)),
    );
  }

  keyCounts(mailbox: Uint8Array, device: number): Promise<KeyCountsOf> {
    const own = mailbox.slice();
    return this.#inAccount(own, () => this.#transactions.read((connection) => countKeys(connection, own, device)));
  }

  claimBundles(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): Promise<ClaimedBundle[]> {
    const own = mailbox.slice();
    const wanted = [...devices];
    return this.#inAccount(own, () =>
      oneTime
        ? this.#transactions.write((connection) => claim(connection, own, wanted, true))
        : this.#transactions.read((connection) => claim(connection, own, wanted, false)),
    );
  }

  access(mailbox: Uint8Array): Promise<Access | null> {
    const own = mailbox.slice();
    return this.#inAccount(own, () => this.#transactions.read((connection) => readAccess(connection, own)));
  }

  setAccess(
    mailbox: Uint8Array,
    access: AccessChange | null,
    tokenHashes: readonly Uint8Array[],
  ): Promise<number | null> {
    const own = structuredClone({ mailbox, access, tokenHashes });
    return this.#inAccount(own.mailbox, () =>
      this.#transactions.write((connection) =>
        setAccess(connection, this.#limits, own.mailbox, own.access, own.tokenHashes),
      ),
    );
  }

  compareState(mailbox: Uint8Array, device: number, expected: bigint, next: bigint): Promise<bigint> {
    const own = mailbox.slice();
    return this.#inAccount(own, () =>
      this.#transactions.write((connection) => compareState(connection, own, device, expected, next)),
    );
  }

  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean> {
    const [own, hash] = [mailbox.slice(), tokenHash.slice()];
    return this.#inAccount(own, () => this.#transactions.read((connection) => tokenIsValid(connection, own, hash)));
  }

  partitions(): Promise<PartitionCount[]> {
    return this.#afterAll(() => this.#transactions.read(partitions));
  }

  digests(from: number, to: number): Promise<PartitionFingerprint[]> {
    return this.#afterAll(async () => {
      const all: PartitionFingerprint[] = [];
      for (let first = from; first <= Math.min(to, LAST_PARTITION); first += SLICE_PARTITIONS) {
        this.#requireOpen();
        const last = Math.min(to, first + SLICE_PARTITIONS - 1);
        all.push(...(await this.#transactions.read((connection) => digests(connection, first, last))));
      }
      return all;
    });
  }

  inventory(partition: number, after: number, limit: number): Promise<HeldEnvelope[]> {
    return this.#afterAll(() =>
      this.#transactions.readAlone((connection) => inventory(connection, partition, after, limit)),
    );
  }

  read(refs: readonly EnvelopeRef[]): Promise<(StoreItem | null)[]> {
    const own = refs.map(ownRef);
    return this.#named(namesOf(own), () => this.#transactions.read((connection) => read(connection, own)));
  }

  discard(refs: readonly EnvelopeRef[]): Promise<void> {
    const own = refs.map(ownRef);
    return this.#named(namesOf(own), async () => {
      for (const slice of slicesOf(own, SLICE_ENVELOPES)) await this.#acknowledging.discard(slice);
    });
  }

  accountRecord(mailbox: Uint8Array): Promise<AccountRecordKept | null> {
    const own = mailbox.slice();
    return this.#inAccount(own, () =>
      this.#transactions.read(async (connection) => {
        const record = await readRecord(connection, own);
        return record === null ? null : { mailbox: own, devices: await readKeys(connection, own), ...record };
      }),
    );
  }

  saveAccount(record: AccountRecordKept, access: AccessHashes | null): Promise<void> {
    const own = structuredClone({ record, access });
    return this.#inAccount(own.record.mailbox, () =>
      this.#transactions.write(async (connection) => {
        const { mailbox, deviceList, devices } = own.record;
        const row = await replaceList(connection, await lockAccount(connection, mailbox), deviceList);
        for (const { device, keys } of devices) {
          if (row.devices?.includes(device) === true) await addKeys(connection, mailbox, device, keys);
        }
        if (own.record.access !== null && own.access !== null) {
          await replaceAccess(connection, row, own.access, own.record.access);
        }
      }),
    );
  }

  expire(nowSeconds: number): Promise<number> {
    return this.#open(() => {
      const before = Promise.all([this.#lastExpiry, this.#order.all()]);
      const run = before.then(() => this.#expiry.expire(nowSeconds));
      this.#lastExpiry = run.catch(() => undefined);
      return run;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#lastExpiry, this.#order.all()]);
    await Promise.all(this.#connections.map((connections) => connections.close()));
  }

  #inQueue<T>(mailbox: Uint8Array, device: number, work: () => Promise<T>): Promise<T> {
    return this.#named([queueName(mailbox, device)], work);
  }

  #inAccount<T>(mailbox: Uint8Array, work: () => Promise<T>): Promise<T> {
    return this.#named([accountName(mailbox)], work);
  }

  #named<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#open(() => this.#order.run(names, work));
  }

  /** Looks at everything: after all calls so far; later ones do not wait for it. */
  #afterAll<T>(work: () => Promise<T>): Promise<T> {
    return this.#open(() => {
      const before = this.#order.all();
      return this.#order.run([], () => before.then(work));
    });
  }

  async #open<T>(verb: () => Promise<T>): Promise<T> {
    this.#requireOpen();
    return verb();
  }

  #requireOpen(): void {
    if (this.#closing !== null) throw new RelayStoreError('closed', 'the store is closed');
  }
}

const namesOf = (refs: readonly DeviceRef[]): string[] => [
  ...new Set(refs.map(({ mailbox, device }) => queueName(mailbox, device))),
];

const ownRef = ({ id, mailbox, device, expires }: EnvelopeRef): EnvelopeRef => ({
  id: id.slice(),
  mailbox: mailbox.slice(),
  device,
  expires,
});

function* slicesOf<T>(items: readonly T[], size: number): Iterable<T[]> {
  for (let first = 0; first < items.length; first += size) yield items.slice(first, first + size);
}
