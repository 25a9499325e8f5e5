/** This device's own prekeys: made, published, used up, replaced (network.md, rule 10). */
import { createKyberPrekey, createOneTimePrekeys, createSignedPrekey } from '@sotto/protocol/handshake';
import type { Prekey, SignedPrekey } from '@sotto/protocol/handshake';
import type { LocalPrekey, PrekeyLookup, UsedPrekeys } from '@sotto/protocol/ratchet';
import { createSealKey } from '@sotto/protocol/sealed';
import { create, DeviceListSchema, decodeDeviceList, KeyUploadSchema } from '@sotto/protocol/wire';
import type { KeyCounts, KeyUpload } from '@sotto/protocol/wire';
import type { Clock, Primitives, Random } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { OwnIdentity } from './identity-store.ts';

const KIND = { signed: 1, lastResort: 2, seal: 3, oneTime: 4, oneTimeKyber: 5 } as const;
type Kind = (typeof KIND)[keyof typeof KIND];

/** Seal keys also have an end. */
interface PrekeyRecord {
  readonly secret: Uint8Array;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly until: number;
}

/** The last time that all keys were replaced out of their turn. */
interface RenewalRecord {
  /** ms since 1970 */
  readonly at: number;
  /** The node has not taken the new ones yet. */
  readonly isPending: boolean;
  /** Others are to hear of it. */
  readonly isTold: boolean;
}

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
const RENEWAL = 'prekey-renewal';
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
  /** Keys that were lost are replaced at the node now. Inside a transaction. */
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
  }

  signedPrekey(id: number): LocalPrekey | null {
    return this.#find(KIND.signed, id);
  }

  oneTime(id: number): LocalPrekey | null {
    return this.#find(KIND.oneTime, id);
  }

  kyber(id: number): LocalPrekey | null {
    return this.#find(KIND.oneTimeKyber, id) ?? this.#find(KIND.lastResort, id);
  }

  /** Secret half of a sealing key; null: not ours, or too old. */
  sealKey(id: number): { seed: Uint8Array; publicKey: Uint8Array } | null {
    const known = this.#sealKeys.get(id);
    if (known !== undefined) return known;
    const found = this.#find(KIND.seal, id);
    if (found === null) return null;
    const opened = { seed: found.secret, publicKey: found.key };
    this.#sealKeys.set(id, opened);
    return opened;
  }

  /** One-time keys die with the transaction that stores the session they began. */
  use(used: UsedPrekeys): void {
    if (used.oneTimeId !== null) this.#remove(KIND.oneTime, used.oneTimeId);
    this.#remove(KIND.oneTimeKyber, used.kyberId);
  }

  /**
   * What to publish, seeing what the node has: null when nothing is missing. Keys are on our disk before they are
   * handed out; call published() when the node has them.
   */
  uploadFor(counts: Pick<KeyCounts, 'oneTime' | 'oneTimeKyber' | 'deviceListRevision'>): KeyUpload | null {
    const { deviceList, registrationId } = this.#own;
    const nothingThere = counts.deviceListRevision === 0n;
    return this.#database.transaction(() => {
      const rotated = this.#rotate();
      const withKeys = nothingThere || rotated || this.#unpublished(KIND.signed);
      const replaceOneTime = this.isRenewing;
      const held = replaceOneTime ? { oneTime: 0, oneTimeKyber: 0 } : counts;
      const oneTime = held.oneTime < TARGET_ONE_TIME / 2 ? this.#freshOneTime(TARGET_ONE_TIME - held.oneTime) : [];
      const kyber =
        held.oneTimeKyber < TARGET_ONE_TIME_KYBER / 2
          ? this.#freshKyber(TARGET_ONE_TIME_KYBER - held.oneTimeKyber)
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

  /** The node has them now. */
  published(upload: KeyUpload): void {
    this.#database.transaction(() => {
      // Others may have been made while these were on their way.
      for (const [kind, key] of [
        [KIND.signed, upload.signedPrekey],
        [KIND.lastResort, upload.lastResortKyber],
        [KIND.seal, upload.sealKey],
      ] as const) {
        if (key !== undefined) {
          this.#database.store.run('UPDATE prekey SET uploaded = 1 WHERE kind = ? AND id <= ?', kind, key.id);
        }
      }
      for (const { id } of upload.oneTime) this.#markUploaded(KIND.oneTime, id);
      for (const { id } of upload.oneTimeKyber) this.#markUploaded(KIND.oneTimeKyber, id);
      if (upload.replaceOneTime && !this.#unpublished(KIND.signed)) {
        const isTold = this.#renewal()?.isTold === true;
        this.#database.setMeta(RENEWAL, { at: this.#clock.now(), isPending: false, isTold } satisfies RenewalRecord);
        if (isTold) this.onRenewed();
      }
    });
  }

  /**
   * Secrets of published keys are lost, or may be: all keys are replaced, and the node gives out none of the old ones
   * any more (ENG-20). What secrets there are still open what was made with them. Inside a transaction.
   * @param isTold once the node has the new ones, onRenewed() is called: others may seal to lost keys still
   */
  renew(isTold: boolean): void {
    const [high = 0, low = 0] = this.#random(2);
    const jump = ID_JUMP + high * 256 + low;
    for (const kind of [KIND.signed, KIND.seal, KIND.oneTime, KIND.oneTimeKyber]) this.#nextId(kind, jump);
    this.#database.store.run('UPDATE prekey SET uploaded = 1 WHERE kind >= 4');
    this.#replace(this.#clock.now());
    this.#database.setMeta(RENEWAL, { at: this.#clock.now(), isPending: true, isTold } satisfies RenewalRecord);
  }

  /** What the node says it holds. More than there are secrets for here: those are lost. @returns whether to publish */
  compare(counts: Pick<KeyCounts, 'oneTime' | 'oneTimeKyber'>): boolean {
    const isLess = counts.oneTime > this.#count(KIND.oneTime) || counts.oneTimeKyber > this.#count(KIND.oneTimeKyber);
    if (isLess && !this.isRenewing) this.#database.transaction(() => this.renew(true));
    return isLess;
  }

  /** A first message named a key that is not known here. Inside a transaction. @returns whether to publish */
  suspect(): boolean {
    const last = this.#renewal();
    if (last !== null && this.#clock.now() - last.at < SUSPICION_MS) return false;
    this.renew(false);
    return true;
  }

  /** ms since 1970: when the signed keys are due for replacement. */
  rotationDue(): number {
    const row = this.#database.store.get('SELECT max(created_at) AS at FROM prekey WHERE kind = ?', KIND.signed);
    return typeof row?.['at'] === 'number' ? row['at'] + WEEK_MS : 0;
  }

  /** Makes new signed, last-resort and sealing keys when the newest are a week old. @returns whether it did */
  #rotate(): boolean {
    const nowMs = this.#clock.now();
    if (this.rotationDue() > nowMs) return false;
    this.#replace(nowMs);
    return true;
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
    this.#store(KIND.signed, signed.id, { ...signed, until: 0 });
    this.#store(KIND.lastResort, lastResort.id, { ...lastResort, until: 0 });
    const { signature } = seal.published;
    this.#store(KIND.seal, seal.id, { secret: seal.seed, key: seal.publicKey, signature, until: seal.until });
    this.#database.store.run('DELETE FROM prekey WHERE kind <= 3 AND created_at < ?', nowMs - KEEP_MS);
  }

  /** Secrets were lost, and the node has not taken the new keys yet. */
  get isRenewing(): boolean {
    return this.#renewal()?.isPending === true;
  }

  #renewal(): RenewalRecord | null {
    return this.#database.getMeta(RENEWAL) as RenewalRecord | null;
  }

  #count(kind: Kind): number {
    return Number(this.#database.store.get('SELECT count(*) AS n FROM prekey WHERE kind = ?', kind)?.['n'] ?? 0);
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

  /** Unpublished ones first (an upload that was interrupted), then new ones. */
  #freshOneTime(count: number): Pick<Prekey, 'id' | 'key'>[] {
    const again = this.#waiting(KIND.oneTime, count);
    const missing = count - again.length;
    const first = missing === 0 ? 0 : this.#nextId(KIND.oneTime, missing);
    const made = createOneTimePrekeys(this.#primitives, this.#random, first, missing);
    for (const { id, secret, key } of made) this.#store(KIND.oneTime, id, { secret, key, signature: NONE, until: 0 });
    this.#prune(KIND.oneTime, KEPT_ONE_TIME);
    return [...again, ...made].map(({ id, key }) => ({ id, key }));
  }

  #freshKyber(count: number): Pick<SignedPrekey, 'id' | 'key' | 'signature'>[] {
    const again = this.#waiting(KIND.oneTimeKyber, count);
    const made = Array.from({ length: count - again.length }, () =>
      createKyberPrekey(
        this.#primitives,
        this.#random,
        this.#own.device.identitySecret,
        this.#nextId(KIND.oneTimeKyber),
      ),
    );
    for (const prekey of made) this.#store(KIND.oneTimeKyber, prekey.id, { ...prekey, until: 0 });
    this.#prune(KIND.oneTimeKyber, KEPT_ONE_TIME_KYBER);
    return [...again, ...made].map(({ id, key, signature }) => ({ id, key, signature }));
  }

  #waiting(kind: Kind, limit: number): (PrekeyRecord & { id: number })[] {
    return this.#database.store
      .all('SELECT id, sealed FROM prekey WHERE kind = ? AND uploaded = 0 ORDER BY id LIMIT ?', kind, limit)
      .map((row) => ({ id: Number(row['id']), ...this.#open(kind, Number(row['id']), row['sealed']) }));
  }

  #newest(kind: Kind): PrekeyRecord & { id: number } {
    const row = this.#database.store.get('SELECT id, sealed FROM prekey WHERE kind = ? ORDER BY id DESC LIMIT 1', kind);
    const id = Number(row?.['id']);
    return { id, ...this.#open(kind, id, row?.['sealed']) };
  }

  #unpublished(kind: Kind): boolean {
    return (
      this.#database.store.get('SELECT 1 AS found FROM prekey WHERE kind = ? AND uploaded = 0', kind) !== undefined
    );
  }

  #nextId(kind: Kind, count = 1): number {
    return this.#database.next(`prekey-${kind}`, count);
  }

  #store(kind: Kind, id: number, { secret, key, signature, until }: PrekeyRecord): void {
    const record: PrekeyRecord = { secret, key, signature, until };
    this.#database.store.run(
      'INSERT INTO prekey (kind, id, created_at, uploaded, sealed) VALUES (?, ?, ?, 0, ?)',
      kind,
      id,
      this.#clock.now(),
      this.#database.rows.sealRecord('prekey', `${kind}/${id}`, record),
    );
  }

  #find(kind: Kind, id: number): PrekeyRecord | null {
    const row = this.#database.store.get('SELECT sealed FROM prekey WHERE kind = ? AND id = ?', kind, id);
    return row === undefined ? null : this.#open(kind, id, row['sealed']);
  }

  #open(kind: Kind, id: number, sealed: unknown): PrekeyRecord {
    return this.#database.rows.openRecord('prekey', `${kind}/${id}`, sealed) as PrekeyRecord;
  }

  #markUploaded(kind: Kind, id: number): void {
    this.#database.store.run('UPDATE prekey SET uploaded = 1 WHERE kind = ? AND id = ?', kind, id);
  }

  #remove(kind: Kind, id: number): void {
    this.#database.store.run('DELETE FROM prekey WHERE kind = ? AND id = ?', kind, id);
  }

  #prune(kind: Kind, keep: number): void {
    this.#database.store.run(
      'DELETE FROM prekey WHERE kind = ?1 AND id <= (SELECT id FROM prekey WHERE kind = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)',
      kind,
      keep,
    );
  }
}
