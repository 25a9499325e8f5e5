import type { Primitives } from '@sotto/protocol/crypto';
import { IdentityError, verifyCertificate, verifyDeviceList, verifyKeyUpload } from '@sotto/protocol/identity';
import { CLOSE, type Clock } from '@sotto/protocol/link';
import { verifyAccess } from '@sotto/protocol/ring';
import {
  type CompareState,
  create,
  type KeyUpload,
  RefusalCode,
  type SetAccess,
  StateCounterSchema,
} from '@sotto/protocol/wire';
import type { Attacher } from '../delivery/attacher.ts';
import type { Link } from '../links/link.ts';
import { describeError, type Log } from '../log.ts';
import { countIn, type NodeMetrics } from '../node-metrics.ts';
import type { AccessCache } from '../relay/access-cache.ts';
import { hashesOf, keptAccess } from '../ring/keep/account-records.ts';
import type { SigningKeys } from '../ring/keep/signing-keys.ts';
import type { Access, AccessChange, RelayStore } from '../store/relay-store.ts';
import { keyOf } from '../text-key.ts';
import { keyCountsFrame } from './key-counts-frame.ts';

/** What the directory needs of a store; a live node's memory offers the same. */
export type KeyStore = Pick<
  RelayStore,
  'publishKeys' | 'keyCounts' | 'claimBundles' | 'access' | 'setAccess' | 'compareState' | 'tokenIsValid'
>;

export interface DirectoryParts {
  readonly primitives: Primitives;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly store: KeyStore;
  readonly access: AccessCache;
  readonly attacher: Attacher;
  readonly clock: Clock;
  readonly keys: SigningKeys;
  readonly spread: (baseMs: number) => number;
}

const FAILED_MS = 1000;
/** How far a device's clock may be ahead: what it signs later must still count as later. */
const CLOCK_AHEAD_MS = 86_400_000;

/** What devices publish about themselves, checked before it is kept (NODE-30, NODE-31). */
export class KeyDirectory {
  readonly #parts: DirectoryParts;
  /** Uploads and access changes of one account take effect one after the other. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
  }

  publishKeys(link: Link, request: number, upload: KeyUpload): void {
    // A device that the account takes up by itself, after a restore, comes with the list that names it (NODE-31).
    const bringsList = upload.deviceList !== undefined;
    this.#inOrder(link, request, bringsList, (access) => this.#publish(link, request, upload, access));
  }

  setAccess(link: Link, request: number, change: SetAccess): void {
    this.#inOrder(link, request, false, (access) => this.#setAccess(link, request, change, access));
  }

  /** A device asks whether its own storage is where it was (NODE-34). */
  compareState(link: Link, request: number, frame: CompareState): void {
    this.#inOrder(link, request, false, (access) => this.#compareState(link, request, frame, access));
  }

  /**
   * Runs with the account's access as it is once everything before is done.
   * @param bringsList whether an unlisted device gets as far as the check of the list it brings
   */
  #inOrder(link: Link, request: number, bringsList: boolean, step: (access: Access | null) => Promise<void>): void {
    const { account, device } = link.owner!;
    const key = keyOf(account);
    const run = async (): Promise<void> => {
      let isListed = true;
      try {
        const access = await this.#accessOf(account);
        if (link.closed) return;
        isListed = access === null || access.devices.includes(device);
        if (isListed || bringsList) await step(access);
        else this.#turnAway(link, request);
      } catch (error) {
        if (error instanceof IdentityError) {
          if (isListed) link.refuse(request, RefusalCode.BAD_KEYS);
          else this.#turnAway(link, request);
          return;
        }
        this.#parts.log.error('directory-failed', describeError(error));
        link.refuse(request, RefusalCode.BUSY, this.#parts.spread(FAILED_MS));
      }
    };
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(run);
    this.#last.set(key, turn);
    void turn.then(() => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    });
  }

  /**
   * A home that does not know the account yet asks the other homes first: whoever comes with an old list, a device that
   * was removed, must not be believed for that (NODE-31). When none of them is reached, it is a new account.
   */
  async #accessOf(account: Uint8Array): Promise<Access | null> {
    const { store, access } = this.#parts;
    const held = await store.access(account);
    if (held !== null) return held;
    // What too few homes said is not kept, but it counts here.
    const told = Promise.withResolvers<Access | null>();
    access.with(account, told.resolve, () => told.resolve(null));
    const known = await told.promise;
    return (await store.access(account)) ?? known;
  }

  #turnAway(link: Link, request: number): void {
    link.refuse(request, RefusalCode.NOT_ALLOWED);
    link.close(CLOSE.notAllowed);
  }

  async #publish(link: Link, request: number, upload: KeyUpload, access: Access | null): Promise<void> {
    const { primitives, store, metrics } = this.#parts;
    const { account, device, certificate: encoded } = link.owner!;
    const certificate = verifyCertificate(primitives, encoded);
    const held = access === null ? undefined : verifyDeviceList(primitives, access.deviceList, account);
    const verified = verifyKeyUpload(primitives, upload, certificate, held);
    if (held === undefined && verified.deviceList === null) {
      throw new IdentityError('malformed', 'Keys come with a device list the first time.');
    }
    const list = verified.deviceList;
    const isNew = list !== null && list.continuity !== 'same';
    // The list that is known may be known from other homes alone.
    const taken = isNew ? list : (await store.access(account)) === null ? held : undefined;
    const deviceList =
      taken === undefined
        ? null
        : { revision: taken.revision, encoded: taken.encoded, devices: taken.devices.map((entry) => entry.device) };
    const { keys, oneTime, oneTimeKyber, replaceOneTime } = verified;
    const published = { mailbox: account, device, keys, oneTime, oneTimeKyber, replaceOneTime, deviceList };
    const counts = await store.publishKeys(published);
    metrics.keysPublished += 1;
    if (deviceList !== null) {
      this.#parts.access.invalidate(account);
      this.#parts.attacher.expel(account, deviceList.devices);
    }
    if (request !== 0) {
      const revision = deviceList?.revision ?? access?.deviceListRevision ?? 0;
      link.send(request, { case: 'keyCounts', value: keyCountsFrame(counts, revision) });
    }
  }

  async #setAccess(link: Link, request: number, change: SetAccess, access: Access | null): Promise<void> {
    const account = link.owner!.account;
    if (access === null) {
      link.refuse(request, RefusalCode.NO_MAILBOX);
      return;
    }
    const { requestTokenHashes } = change;
    const accessChange = this.#accessChange(account, change, access);
    const laterThan = await this.#parts.store.setAccess(account, accessChange, requestTokenHashes);
    this.#parts.access.invalidate(account);
    if (laterThan === null) {
      if (request !== 0) link.send(request, { case: 'done', value: {} });
      return;
    }
    // Else it would believe that what it signed holds, and another device's word, perhaps of a time to come, holds on.
    const code = RefusalCode.OLDER;
    countIn(this.#parts.metrics.refusals, code);
    if (request !== 0) link.send(request, { case: 'refusal', value: { code, retryMs: 0, at: laterThan } });
  }

  /** What a device of the account signed is for other homes, too (NODE-35). */
  #accessChange(account: Uint8Array, change: SetAccess, held: Access): AccessChange | null {
    const { signed } = change;
    if (signed === undefined) return unsignedChange(change, held);
    const { primitives, clock, keys } = this.#parts;
    const signingKey = keys.of(account, held, signed.device);
    if (signingKey === null || !verifyAccess(primitives, signed, { account, signingKey })) {
      throw new IdentityError('bad-signature', 'The access is not signed by a device of its account.');
    }
    const at = Number(signed.at);
    if (at > clock.now() + CLOCK_AHEAD_MS) throw new IdentityError('malformed', 'The access is of the future.');
    return { ...hashesOf(signed), signed: keptAccess(signed) };
  }

  async #compareState(
    link: Link,
    request: number,
    { expected, next }: CompareState,
    access: Access | null,
  ): Promise<void> {
    const { account, device } = link.owner!;
    if (access === null) {
      link.refuse(request, RefusalCode.NO_MAILBOX);
      return;
    }
    const value = await this.#parts.store.compareState(account, device, expected, next);
    if (request !== 0) link.send(request, { case: 'stateCounter', value: create(StateCounterSchema, { value }) });
  }
}

/** Without a hash only tokens are added: what was set stays. */
function unsignedChange({ capabilityHash, previousHash, previousUntil }: SetAccess, held: Access): AccessChange | null {
  if (capabilityHash.length > 0) {
    return {
      capabilityHash,
      previousHash: previousHash.length > 0 ? previousHash : null,
      previousUntil: Number(previousUntil),
    };
  }
  if (held.capabilityHash === null) throw new IdentityError('malformed', 'The first access needs a capability hash.');
  return null;
}
