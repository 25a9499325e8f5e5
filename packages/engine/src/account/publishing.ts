/** Brings a home what others need to write to this device: keys, device list, access (RING-66). */
import { capabilityHash, requestTokenHash } from '@sotto/protocol/mailbox';
import { signAccess } from '@sotto/protocol/ring';
import { utf8 } from '@sotto/protocol/crypto';
import { create, decodeDeviceList, DeviceListSchema, KeyUploadSchema, SetAccessSchema } from '@sotto/protocol/wire';
import type { FrameBody, KeyCounts } from '@sotto/protocol/wire';
import { ConnectionError } from '../connection/index.ts';
import type { Platform } from '../ports.ts';
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';
import type { OwnIdentity } from './identity-store.ts';
import type { OwnPrekeys } from './own-prekeys.ts';
import type { Profile, ProfileRecord } from './profile.ts';

export interface PublishingParts {
  readonly platform: Platform;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly prekeys: OwnPrekeys;
}

interface AccessRecord {
  /** Which access this device published last, or knows to be published. */
  readonly mark: string;
  /** This device changed it. */
  readonly isAuthor?: boolean;
  /** What each home was told, by its tag. */
  readonly homes?: Readonly<Record<string, string>>;
}

/** Asks a home. Rejects with ConnectionError. */
export type AskHome = (body: FrameBody) => Promise<FrameBody>;

const ACCESS = 'access-published';
const NONE = new Uint8Array(0);
/** By how much clocks of honest devices may differ. */
const CLOCKS_DIFFER_MS = 600_000;
/** No home takes what is further ahead than a day (NODE-35), and its clock may differ from ours. */
const MAX_AHEAD_MS = 2 * 86_400_000;
const NOTHING = { oneTime: 0, oneTimeKyber: 0, deviceListRevision: 0n };

export class Publishing {
  readonly #parts: PublishingParts;
  /** Revision of the device list that each home has, as far as it was heard. */
  readonly #revisions = new Map<string, bigint>();
  /** Request tokens that each home was told. */
  readonly #tokens = new Map<string, string>();

  constructor(parts: PublishingParts) {
    this.#parts = parts;
  }

  /** Whether a home lacks something, as far as can be told without asking it. */
  isDue(home: string): boolean {
    const { prekeys, own, profile } = this.#parts;
    const revision = this.#revisions.get(home) ?? 0n;
    return (
      prekeys.isDue(home) ||
      revision < BigInt(own.deviceList.revision) ||
      this.#access.homes?.[this.#tag(home)] !== accessMark(profile.current) ||
      this.#tokens.get(home) !== toHex(profile.current.requestToken)
    );
  }

  /**
   * @param home node id in hex
   * @param counts what it says it has; null: not known
   * @returns what it has now, as far as it said so
   * @throws ConnectionError
   */
  async bring(home: string, counts: KeyCounts | null, ask: AskHome): Promise<KeyCounts | null> {
    const { prekeys } = this.#parts;
    const holdsNothing = counts?.deviceListRevision === 0n;
    if (counts !== null) this.#revisions.set(home, counts.deviceListRevision);
    let now = counts;
    const upload = prekeys.uploadFor(home, counts ?? NOTHING);
    if (upload !== null) {
      const answer = await ask({ case: 'publishKeys', value: upload });
      prekeys.published(home, upload);
      if (answer.case === 'keyCounts') {
        now = answer.value;
        this.#revisions.set(home, now.deviceListRevision);
      }
    }
    await this.#bringAccess(home, holdsNothing, ask);
    return now;
  }

  /** The list of the account's devices alone: before anything else, where this device is not known. */
  async bringList(ask: AskHome): Promise<void> {
    const { own } = this.#parts;
    const value = create(KeyUploadSchema, {
      registrationId: own.registrationId,
      deviceList: create(DeviceListSchema, decodeDeviceList(own.deviceList.encoded)),
    });
    await ask({ case: 'publishKeys', value });
  }

  /** Homes that are none any more are forgotten. */
  retain(homes: readonly string[]): void {
    const { prekeys, database } = this.#parts;
    prekeys.retain(homes);
    const { homes: told = {}, ...rest } = this.#access;
    const kept = new Set(homes.map((home) => this.#tag(home)));
    const left = Object.entries(told).filter(([tag]) => kept.has(tag));
    if (left.length === Object.keys(told).length) return;
    database.transaction(() => database.setMeta(ACCESS, { ...rest, homes: Object.fromEntries(left) }));
  }

  /**
   * Who may write here as a contact. It is the account's, not this device's: it is set by the device that changed it,
   * never by one that has just come back and does not know yet what the others changed (DEV-13). Where it stands under
   * the device's signature, the home itself prefers what was changed later.
   */
  async #bringAccess(home: string, holdsNothing: boolean, ask: AskHome): Promise<void> {
    const { profile, platform, database } = this.#parts;
    const { primitives } = platform;
    const { capability, previousCapability, previousUntil, requestToken } = profile.current;
    const mark = accessMark(profile.current);
    const before = this.#access;
    const isTold = before.homes?.[this.#tag(home)] === mark;
    const isNews = holdsNothing || before.mark !== mark || (before.isAuthor === true && !isTold);
    const hashes = {
      capabilityHash: capabilityHash(primitives, capability),
      previousHash: previousCapability === null ? NONE : capabilityHash(primitives, previousCapability),
      previousUntil: BigInt(previousUntil),
    };
    const tell = async (): Promise<void> => {
      const value = create(SetAccessSchema, {
        ...(isNews ? hashes : {}),
        requestTokenHashes: [requestTokenHash(primitives, requestToken)],
        ...(isNews || !isTold ? { signed: this.#signed() } : {}),
      });
      await ask({ case: 'setAccess', value });
    };
    let overruled = false;
    try {
      await tell();
    } catch (error) {
      if (!(error instanceof ConnectionError) || error.laterThan === null) throw error;
      // The tokens were taken; about the rest, who was later is right.
      overruled = this.#overrule(error.laterThan, isNews);
      if (overruled) await tell();
    }
    this.#tokens.set(home, toHex(requestToken));
    if (isTold && !isNews && !overruled) return;
    database.transaction(() => {
      const kept = this.#access;
      // What was signed for a time to come may get to the others still.
      const told = kept.mark === mark && !overruled ? kept.homes : {};
      const homes = { ...told, [this.#tag(home)]: mark };
      const isAuthor = kept.mark === mark ? kept.isAuthor === true : true;
      database.setMeta(ACCESS, { mark, isAuthor, homes } satisfies AccessRecord);
    });
  }

  /**
   * Another device changed it later than this one: its word counts, and comes here by itself (DEV-13). Unless it signed
   * for a time to come: that would keep out what is changed until then.
   * @returns whether this device's word is later from now on
   */
  #overrule(laterThan: number, isNews: boolean): boolean {
    const { profile, platform, database } = this.#parts;
    const aheadMs = laterThan - platform.clock.now();
    const isWrong = aheadMs > CLOCKS_DIFFER_MS && aheadMs < MAX_AHEAD_MS;
    if (!isNews || !isWrong || laterThan <= profile.current.changedAt) return false;
    database.transaction(() => profile.update({ changedAt: laterThan + 1 }));
    return true;
  }

  #signed() {
    const { platform, own, profile } = this.#parts;
    const { primitives } = platform;
    const { capability, previousCapability, previousUntil, changedAt } = profile.current;
    return signAccess(primitives, own.device.signingSeed, {
      account: own.account.publicKey,
      device: own.device.device,
      at: Math.max(1, changedAt),
      capabilityHash: capabilityHash(primitives, capability),
      previousHash: previousCapability === null ? null : capabilityHash(primitives, previousCapability),
      previousUntil,
    });
  }

  get #access(): AccessRecord {
    return (this.#parts.database.getMeta(ACCESS) as AccessRecord | null) ?? { mark: '' };
  }

  #tag(home: string): string {
    return toHex(this.#parts.database.rows.tag('home', utf8(home)));
  }
}

const accessMark = ({ capability, previousCapability, previousUntil }: ProfileRecord): string =>
  [toHex(capability), previousCapability === null ? '' : toHex(previousCapability), previousUntil].join('/');

/** A device that joins takes over what another has published. Inside a transaction. */
export function noteAccessPublished(database: Database, record: ProfileRecord): void {
  database.setMeta(ACCESS, { mark: accessMark(record) } satisfies AccessRecord);
}
