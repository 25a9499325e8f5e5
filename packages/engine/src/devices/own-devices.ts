/** The devices of the own account: the signed list as it grows, and what becomes of this device when it is not in it. */
import {
  accountFromSeed,
  findDevice,
  seedFromPhrase,
  signDeviceList,
  verifyDeviceList,
} from '@sotto/protocol/identity';
import type { AccountKeys, VerifiedDeviceList } from '@sotto/protocol/identity';
import { IdentityError } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import { create, decodeDeviceList, DeviceListSchema, KeyUploadSchema, RefusalCode } from '@sotto/protocol/wire';
import { EngineError } from '../api.ts';
import { untilEvent } from '../until.ts';
import { backoffMs } from '../backoff.ts';
import { ConnectionError } from '../connection/index.ts';
import type { Home } from '../account/home.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Profile } from '../account/profile.ts';
import type { RemoteDevices } from '../contacts/remote-devices.ts';
import type { EventStream } from '../event-stream.ts';
import { SendingProblem } from '../outbox/sending-problem.ts';
import type { Targets } from '../outbox/targets.ts';
import type { Platform } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { Timers } from '../timers.ts';
import { say } from '../sentences/say.ts';
import { ofIdentity } from '../engine-errors.ts';

const PENDING = 'pending-device-list';
/** A list that this device signed, until it counts at home. */
interface Pending {
  readonly list: Uint8Array;
  /** What was done in it: the rest of it is to be done also by a program that starts anew meanwhile. */
  readonly removed: readonly number[];
}
type PendingList = Omit<Pending, 'list'> & { readonly list: VerifiedDeviceList };
const REMOVED = 'device-removed';
const MAX_BACKOFF_MS = 300_000;
/** How long a change waits for the node to be reached. */
const CONNECT_MS = 10_000;

export const REMOVED_WORDS = say('device-removed');

const numbersOf = (list: VerifiedDeviceList): number[] => list.devices.map(({ device }) => device);

export interface OwnDevicesParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly devices: RemoteDevices;
  readonly targets: Targets;
  readonly events: EventStream;
  readonly home: () => Home;
  /** Devices that are there now and were not before, or the other way round. Inside the transaction. */
  readonly onChanged: (added: readonly number[], removed: readonly number[]) => void;
  /** This device removed others: what follows from that, in the transaction that ends the change. */
  readonly onRevoked: (removed: readonly number[]) => void;
  /** This device is not in the list any more. */
  readonly onRemoved: () => void;
  readonly onFault: (error: unknown) => void;
}

export class OwnDevices {
  readonly #parts: OwnDevicesParts;
  #refreshing: Promise<void> | null = null;
  #failures = 0;

  constructor(parts: OwnDevicesParts) {
    this.#parts = parts;
    const { own, devices, database } = parts;
    const { publicKey } = own.account;
    if (devices.known(publicKey) === null) {
      database.transaction(() => devices.accept(publicKey, decodeDeviceList(own.deviceList.encoded), new Map()));
    }
  }

  /** Numbers of the devices besides this one. */
  get others(): number[] {
    const { own } = this.#parts;
    return own.deviceList.devices.map(({ device }) => device).filter((device) => device !== own.device.device);
  }

  /** This device was in the list once, and is not any more. */
  get isRemoved(): boolean {
    return this.#parts.database.getMeta(REMOVED) !== null;
  }

  /** @throws EngineError('not-allowed') */
  requireListed(): void {
    if (this.isRemoved) throw new EngineError('not-allowed', REMOVED_WORDS);
  }

  /** Another list of this account was accepted (RemoteDevices.onChange). Inside its transaction. */
  accepted(before: VerifiedDeviceList | null, list: VerifiedDeviceList): void {
    const { own, database, events, home } = this.#parts;
    if (before === null) return;
    own.adopt(list);
    const had = before.devices.map(({ device }) => device);
    const has = list.devices.map(({ device }) => device);
    const added = has.filter((device) => !had.includes(device));
    const removed = had.filter((device) => !has.includes(device));
    if (findDevice(list, own.device) === null) {
      database.setMeta(REMOVED, { revision: list.revision });
      events.notice('device-removed', REMOVED_WORDS);
      database.afterCommit(() => {
        this.#parts.onRemoved();
        home().giveUp(REMOVED_WORDS);
      });
      return;
    }
    if (added.length + removed.length > 0) this.#parts.onChanged(added, removed);
  }

  /** A node, or a message of another own device, names this revision of the own list. */
  heard(revision: number): void {
    if (this.isRemoved) return;
    if (this.#pending() !== null) return this.#run(this.#finishPending());
    if (revision > this.#parts.own.deviceList.revision) this.#run(this.refresh());
  }

  /** The node refuses this device: is it still in the list? Asked without a name, for as long as nobody answers. */
  notAllowed(): void {
    if (!this.isRemoved) this.#run(this.refresh());
  }

  /** Looks the newest list up at home. @throws SendingProblem */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#lookUp().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  /** As refresh(), for what a person asked for. @throws EngineError('unreachable' | 'try-later') */
  async refreshOrFail(): Promise<void> {
    const { events, timers, home } = this.#parts;
    await untilEvent({ events, timers }, 'connection', () => home().isOnline, CONNECT_MS);
    if (!home().isOnline) {
      throw new EngineError('unreachable', say('devices-offline'), true);
    }
    await this.#orTryLater(this.refresh());
    if (this.#pending() !== null) await this.#orTryLater(this.#finishPending());
    this.requireListed();
  }

  async #lookUp(): Promise<void> {
    const { own, profile, targets } = this.#parts;
    const { home } = profile.current;
    if (home === null) return;
    await targets.lookUp(own.account.publicKey, home);
  }

  #run(work: Promise<void>): void {
    const { timers, platform, onFault } = this.#parts;
    work.then(
      () => (this.#failures = 0),
      (error: unknown) => {
        // What the node said was refused, and shown: asking it again would change nothing.
        if (error instanceof SendingProblem && error.step === 'give-up') return;
        this.#failures++;
        timers.after(backoffMs(platform.random, this.#failures, MAX_BACKOFF_MS), () =>
          this.#run(this.#pending() === null ? this.refresh() : this.#finishPending()),
        );
        if (!(error instanceof Error)) onFault(error);
      },
    );
  }

  /** Whether this device can sign a list by itself. */
  get canApprove(): boolean {
    return this.#parts.own.account.seed !== null && !this.isRemoved;
  }

  /** The account's keys, for one use. @throws EngineError('not-allowed' | 'bad-input') */
  accountKeys(phrase: string | undefined): AccountKeys {
    const { own, platform } = this.#parts;
    const { publicKey, seed } = own.account;
    this.requireListed();
    if (phrase === undefined) {
      if (seed === null) {
        throw new EngineError('not-allowed', say('devices-no-key'));
      }
      return { seed, publicKey };
    }
    try {
      const keys = accountFromSeed(platform.primitives, seedFromPhrase(phrase));
      if (sameBytes(keys.publicKey, publicKey)) return keys;
    } catch (error) {
      if (error instanceof IdentityError) throw ofIdentity(error);
      throw error;
    }
    throw new EngineError('bad-input', say('phrase-other-account'));
  }

  /**
   * Signs the next list and publishes it at home; only then does it count here. It is written down before, so that no
   * second list of the same revision is ever signed by this device (DEV-6).
   * @param build encoded certificates of all devices from now on
   * @throws EngineError('unreachable' | 'try-later'), what `build` throws
   */
  async change(account: AccountKeys, build: (list: VerifiedDeviceList) => readonly Uint8Array[]): Promise<void> {
    const { own, platform, database, timers } = this.#parts;
    await this.refreshOrFail();
    const list = signDeviceList(platform.primitives, account, {
      certificates: build(own.deviceList),
      previous: own.deviceList,
      nowMs: timers.now(),
    });
    const left = numbersOf(list);
    const removed = numbersOf(own.deviceList).filter((device) => !left.includes(device));
    database.transaction(() => database.setMeta(PENDING, { list: list.encoded, removed } satisfies Pending));
    await this.#orTryLater(this.#finishPending());
    if (!sameBytes(own.deviceList.hash, list.hash)) {
      throw new EngineError('try-later', say('devices-changed-elsewhere'), true);
    }
  }

  async #orTryLater(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw new EngineError('try-later', say('devices-unanswered'), true, { cause: error });
    }
  }

  /** A list that was signed and may or may not have reached the node. */
  async #finishPending(): Promise<void> {
    const { own, database, devices, home } = this.#parts;
    const pending = this.#pending();
    if (pending === null) return;
    const message = decodeDeviceList(pending.list.encoded);
    const upload = create(KeyUploadSchema, {
      registrationId: own.registrationId,
      deviceList: create(DeviceListSchema, message),
    });
    try {
      await home().request({ case: 'publishKeys', value: upload });
    } catch (error) {
      if (!(error instanceof ConnectionError) || error.refusal !== RefusalCode.BAD_KEYS) throw error;
      return await this.#refused(pending);
    }
    database.transaction(() => {
      if (!this.#isPending(pending)) return;
      devices.accept(own.account.publicKey, message, new Map());
      this.#settle(pending);
    });
  }

  /**
   * A home that refuses a list may have kept it, and hand it out. Only a list that stands in its place, signed by the
   * account, shows that this one is not the newest: until then no other is signed (DEV-6).
   */
  async #refused(pending: PendingList): Promise<void> {
    const { own, database } = this.#parts;
    await this.refresh();
    if (own.deviceList.revision < pending.list.revision) {
      throw new EngineError('try-later', say('devices-refused'), true);
    }
    database.transaction(() => {
      if (this.#isPending(pending)) this.#settle(pending);
    });
  }

  /** It counts, or another does: what follows from those that are gone is to be done either way. Inside a transaction. */
  #settle({ removed }: PendingList): void {
    const { own, database } = this.#parts;
    database.removeMeta(PENDING);
    const left = numbersOf(own.deviceList);
    const gone = removed.filter((device) => device !== own.device.device && !left.includes(device));
    if (gone.length > 0 && !this.isRemoved) this.#parts.onRevoked(gone);
  }

  /** It was not settled meanwhile, and no other is pending. */
  #isPending({ list }: PendingList): boolean {
    const pending = this.#pending();
    return pending !== null && sameBytes(pending.list.hash, list.hash);
  }

  #pending(): PendingList | null {
    const { database, platform, own } = this.#parts;
    const kept = database.getMeta(PENDING) as Partial<Pending> | null;
    if (kept?.list === undefined) return null;
    const list = verifyDeviceList(platform.primitives, kept.list, own.account.publicKey);
    return { list, removed: kept.removed ?? [] };
  }
}
