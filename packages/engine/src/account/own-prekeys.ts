/**
 * This device's own prekeys: made, published at each home, used up, replaced (network.md, rule 10; RING-66). A home is
 * named by its node id in hex.
 */
import { createKyberPrekey, createOneTimePrekeys, createSignedPrekey } from '@sotto/protocol/handshake';
import type { Prekey, SignedPrekey } from '@sotto/protocol/handshake';
import type { LocalPrekey, PrekeyLookup, UsedPrekeys } from '@sotto/protocol/ratchet';
import { createSealKey } from '@sotto/protocol/sealed';
import { create, DeviceListSchema, decodeDeviceList, KeyUploadSchema } from '@sotto/protocol/wire';
import type { KeyCounts, KeyUpload } from '@sotto/protocol/wire';
import type { Clock, Primitives, Random } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { OwnIdentity } from './identity-store.ts';
import { PrekeyHomes } from './prekey-homes.ts';
import { KIND, PrekeyRows } from './prekey-rows.ts';
import type { Kind, PrekeyRow } from './prekey-rows.ts';

const NONE = new Uint8Array(0);
const WEEK_MS = 7 * 86_400_000;
/** Others may seal to a key for as long; a week longer than it is the newest. */
const SEAL_KEY_LIFE_MS = 2 * WEEK_MS;
/** Old secrets outlive the longest expiry (30 days) of what was encrypted to them. */
const KEEP_MS = SEAL_KEY_LIFE_MS + 31 * 86_400_000;
const TARGET_ONE_TIME = 100;
const TARGET_ONE_TIME_KYBER = 20;
/** Unused one-time secrets kept at most, of keys that a node may have lost. */
const KEPT_ONE_TIME = 500;
const KEPT_ONE_TIME_KYBER = 100;
/** Ids leave out so many and more, by chance, when secrets were lost: those that follow may be taken by lost keys. */
const ID_JUMP = 65_536;
/** Somebody used a key that is not known here: anybody can say so, so it counts once in this time. */
const SUSPICION_MS = 86_400_000;

export class OwnPrekeys implements PrekeyLookup {
  readonly #database: Database;
  readonly #primitives: Primitives;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #own: OwnIdentity;
  readonly #rows: PrekeyRows;
  readonly #homes: PrekeyHomes;
  /** Keys that were lost are replaced at a home now. Inside a transaction. */
  onRenewed: () => void = () => undefined;
  /** Needed for every envelope, and there are few. */
  readonly #sealKeys = new Map<number, { seed: Uint8Array; publicKey: Uint8Array }>();

  constructor(
    database: Database,
    platform: { primitives: Primitives; random: Random; clock: Clock },
    own: OwnIdentity,
  ) {
    this.#database = database;
    this.#primitives = platform.primitives;
    this.#random = platform.random;
    this.#clock = platform.clock;
    this.#own = own;
    this.#rows = new PrekeyRows(database, platform.clock);
    this.#homes = new PrekeyHomes(database);
  }

  signedPrekey(id: number): LocalPrekey | null {
    return this.#rows.find(KIND.signed, id);
  }

  oneTime(id: number): LocalPrekey | null {
    return this.#rows.find(KIND.oneTime, id);
  }

  kyber(id: number): LocalPrekey | null {
    return this.#rows.find(KIND.oneTimeKyber, id) ?? this.#rows.find(KIND.lastResort, id);
  }

  /** Secret half of a sealing key; null: not ours, or too old. */
  sealKey(id: number): { seed: Uint8Array; publicKey: Uint8Array } | null {
    const known = this.#sealKeys.get(id);
    if (known !== undefined) return known;
    const found = this.#rows.find(KIND.seal, id);
    if (found === null) return null;
    const opened = { seed: found.secret, publicKey: found.key };
    this.#sealKeys.set(id, opened);
    return opened;
  }

  /** One-time keys die with the transaction that stores the session they began. */
  use(used: UsedPrekeys): void {
    if (used.oneTimeId !== null) this.#rows.remove(KIND.oneTime, used.oneTimeId);
    this.#rows.remove(KIND.oneTimeKyber, used.kyberId);
  }

  /** What a program that knew one home only published belongs to that one. */
  adopt(home: string): void {
    const signed = this.#rows.newestUploaded(KIND.signed);
    if (!this.#homes.isEmpty || signed === 0) return;
    this.#database.transaction(() => {
      this.#rows.giveTo(this.#homes.tagOf(home));
      this.#homes.write(home, { signed, renewed: 0 });
    });
  }

  /** The homes are these now: what was made for others is forgotten in time. */
  retain(homes: readonly string[]): void {
    const beforeMs = this.#clock.now() - KEEP_MS;
    this.#database.transaction(() => {
      this.#rows.pruneLeft(
        homes.map((home) => this.#homes.tagOf(home)),
        beforeMs,
      );
      this.#homes.retain(
        homes,
        (tag) => this.#rows.count(KIND.oneTime, tag) + this.#rows.count(KIND.oneTimeKyber, tag) > 0,
      );
    });
  }

  /** Whether a home lacks keys, as far as can be told without asking it. */
  isDue(home: string): boolean {
    const held = this.#homes.read(home);
    return held === null || held.signed < this.#rows.newestId(KIND.signed) || this.rotationDue() <= this.#clock.now();
  }

  /**
   * What to publish at a home, seeing what it has: null when nothing is missing. Keys are on our disk before they are
   * handed out; call published() when the home has them.
   */
  uploadFor(
    home: string,
    counts: Pick<KeyCounts, 'oneTime' | 'oneTimeKyber' | 'deviceListRevision'>,
  ): KeyUpload | null {
    const { deviceList, registrationId } = this.#own;
    const nothingThere = counts.deviceListRevision === 0n;
    return this.#database.transaction(() => {
      this.#rotate();
      const known = this.#homes.read(home);
      const withKeys = nothingThere || known === null || known.signed < this.#rows.newestId(KIND.signed);
      // What a home holds that this device knows nothing of, it held when it was a home long ago.
      const replaceOneTime = this.isRenewing(home) || (known === null && counts.oneTime + counts.oneTimeKyber > 0);
      const held = replaceOneTime ? { oneTime: 0, oneTimeKyber: 0 } : counts;
      const oneTime =
        held.oneTime < TARGET_ONE_TIME / 2 ? this.#freshOneTime(home, TARGET_ONE_TIME - held.oneTime) : [];
      const kyber =
        held.oneTimeKyber < TARGET_ONE_TIME_KYBER / 2
          ? this.#freshKyber(home, TARGET_ONE_TIME_KYBER - held.oneTimeKyber)
          : [];
      const withList = counts.deviceListRevision < BigInt(deviceList.revision);
      if (!withKeys && !withList && oneTime.length === 0 && kyber.length === 0) return null;
      const upload = create(KeyUploadSchema, { registrationId, replaceOneTime });
      if (withKeys) Object.assign(upload, this.#currentKeys());
      upload.oneTime = oneTime.map(({ id, key }) => ({ $typeName: 'sotto.v1.OneTimeKey', id, key }));
      upload.oneTimeKyber = kyber.map((prekey) => ({ $typeName: 'sotto.v1.SignedKey', ...prekey }));
      // A list that another device brought there since is newer than ours: ours is not put back.
      if (withList) upload.deviceList = create(DeviceListSchema, decodeDeviceList(deviceList.encoded));
      return upload;
    });
  }

  /** The home has them now. */
  published(home: string, upload: KeyUpload): void {
    this.#database.transaction(() => {
      for (const { id } of upload.oneTime) this.#rows.markUploaded(KIND.oneTime, id);
      for (const { id } of upload.oneTimeKyber) this.#rows.markUploaded(KIND.oneTimeKyber, id);
      const before = this.#homes.read(home);
      const wasRenewing = this.isRenewing(home);
      const signed = Math.max(before?.signed ?? 0, upload.signedPrekey?.id ?? 0);
      // Others may have been made while these were on their way.
      const isNewest = signed === this.#rows.newestId(KIND.signed);
      const isRenewed = isNewest && (upload.replaceOneTime || before === null);
      this.#homes.write(home, { signed, renewed: isRenewed ? this.#homes.renewal.number : (before?.renewed ?? 0) });
      if (wasRenewing && isRenewed && this.#homes.noteRenewed(this.#clock.now())) this.onRenewed();
    });
  }

  /**
   * Secrets of published keys are lost, or may be: all keys are replaced, and no home gives out one of the old ones
   * any more (ENG-20). What secrets there are still open what was made with them. Inside a transaction.
   * @param isTold once a home has the new ones, onRenewed() is called: others may seal to lost keys still
   */
  renew(isTold: boolean): void {
    const [high = 0, low = 0] = this.#random(2);
    const jump = ID_JUMP + high * 256 + low;
    for (const kind of [KIND.signed, KIND.seal, KIND.oneTime, KIND.oneTimeKyber]) this.#nextId(kind, jump);
    this.#rows.markAllUploaded();
    this.#replace(this.#clock.now());
    this.#homes.beginRenewal(this.#clock.now(), isTold);
  }

  /** What a home says it holds. More than there are secrets for here: those are lost, and to be published anew. */
  compare(home: string, counts: Pick<KeyCounts, 'oneTime' | 'oneTimeKyber'>): void {
    // A home from long ago may still have keys from then; it gets new ones.
    if (this.#homes.read(home) === null && !this.#homes.isEmpty) return;
    const tag = this.#homes.tagOf(home);
    const isLess =
      counts.oneTime > this.#rows.count(KIND.oneTime, tag) ||
      counts.oneTimeKyber > this.#rows.count(KIND.oneTimeKyber, tag);
    if (isLess && !this.isRenewing(home)) this.#database.transaction(() => this.renew(true));
  }

  /** A first message named a key that is not known here. Inside a transaction. @returns whether to publish */
  suspect(): boolean {
    const { at } = this.#homes.renewal;
    if (at > 0 && this.#clock.now() - at < SUSPICION_MS) return false;
    this.renew(false);
    return true;
  }

  /** ms since 1970: when the signed keys are due for replacement. */
  rotationDue(): number {
    const at = this.#rows.newestAt(KIND.signed);
    return at === null ? 0 : at + WEEK_MS;
  }

  /** Makes new signed, last-resort and sealing keys when the newest are a week old. */
  #rotate(): void {
    const nowMs = this.#clock.now();
    if (this.rotationDue() <= nowMs) this.#replace(nowMs);
  }

  #replace(nowMs: number): void {
    const { identitySecret, signingSeed, device } = this.#own.device;
    const signed = createSignedPrekey(this.#primitives, this.#random, identitySecret, this.#nextId(KIND.signed));
    // Last-resort and one-time Kyber keys share their numbers: a first message names only the id.
    const lastResort = createKyberPrekey(
      this.#primitives,
      this.#random,
      identitySecret,
      this.#nextId(KIND.oneTimeKyber),
    );
    const seal = createSealKey(this.#primitives, this.#random, {
      account: this.#own.account.publicKey,
      device,
      signingSeed,
      id: this.#nextId(KIND.seal),
      until: nowMs + SEAL_KEY_LIFE_MS,
    });
    this.#rows.store(KIND.signed, signed.id, { ...signed, until: 0 });
    this.#rows.store(KIND.lastResort, lastResort.id, { ...lastResort, until: 0 });
    const { signature } = seal.published;
    this.#rows.store(KIND.seal, seal.id, { secret: seal.seed, key: seal.publicKey, signature, until: seal.until });
    this.#rows.pruneLasting(nowMs - KEEP_MS);
  }

  /** Secrets were lost, and this home has not taken the new keys yet. */
  isRenewing(home: string): boolean {
    const { number } = this.#homes.renewal;
    return (this.#homes.read(home)?.renewed ?? number) < number;
  }

  #currentKeys(): Pick<KeyUpload, 'signedPrekey' | 'lastResortKyber' | 'sealKey'> {
    const signed = this.#newest(KIND.signed);
    const lastResort = this.#newest(KIND.lastResort);
    const seal = this.#newest(KIND.seal);
    return {
      signedPrekey: { $typeName: 'sotto.v1.SignedKey', id: signed.id, key: signed.key, signature: signed.signature },
      lastResortKyber: {
        $typeName: 'sotto.v1.SignedKey',
        id: lastResort.id,
        key: lastResort.key,
        signature: lastResort.signature,
      },
      sealKey: {
        $typeName: 'sotto.v1.SealKey',
        id: seal.id,
        key: seal.key,
        until: BigInt(seal.until),
        signature: seal.signature,
      },
    };
  }

  #newest(kind: Kind): PrekeyRow {
    const newest = this.#rows.newest(kind);
    if (newest === null) throw new TypeError('No key was made.');
    return newest;
  }

  /** Unpublished ones first (an upload that was interrupted: the home may have them), then new ones. */
  #freshOneTime(home: string, count: number): Pick<Prekey, 'id' | 'key'>[] {
    const tag = this.#homes.tagOf(home);
    const again = this.#rows.waiting(KIND.oneTime, tag, count);
    const missing = count - again.length;
    const first = missing === 0 ? 0 : this.#nextId(KIND.oneTime, missing);
    const made = createOneTimePrekeys(this.#primitives, this.#random, first, missing);
    for (const { id, secret, key } of made) {
      this.#rows.store(KIND.oneTime, id, { secret, key, signature: NONE, until: 0 }, tag);
    }
    this.#rows.prune(KIND.oneTime, tag, KEPT_ONE_TIME);
    return [...again, ...made].map(({ id, key }) => ({ id, key }));
  }

  #freshKyber(home: string, count: number): Pick<SignedPrekey, 'id' | 'key' | 'signature'>[] {
    const tag = this.#homes.tagOf(home);
    const again = this.#rows.waiting(KIND.oneTimeKyber, tag, count);
    const made = Array.from({ length: count - again.length }, () =>
      createKyberPrekey(
        this.#primitives,
        this.#random,
        this.#own.device.identitySecret,
        this.#nextId(KIND.oneTimeKyber),
      ),
    );
    for (const prekey of made) this.#rows.store(KIND.oneTimeKyber, prekey.id, { ...prekey, until: 0 }, tag);
    this.#rows.prune(KIND.oneTimeKyber, tag, KEPT_ONE_TIME_KYBER);
    return [...again, ...made].map(({ id, key, signature }) => ({ id, key, signature }));
  }

  #nextId(kind: Kind, count = 1): number {
    return this.#database.next(`prekey-${kind}`, count);
  }
}
