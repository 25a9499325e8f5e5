/** What this account tells others about itself, and its settings. Contacts get what changed inside their next message. */
import type { Random } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { Route } from '../contacts/route.ts';

export interface ProfileRecord {
  readonly name: string;
  /** 0xRRGGBB */
  readonly color: number;
  /** Appear in the list of those present. */
  readonly listed: boolean;
  readonly readReceipts: boolean;
  readonly typing: boolean;
  /** Address of the home node as it was given. */
  readonly url: string;
  readonly psk: Uint8Array | null;
  /** Pinned at the first contact with the node; null before. */
  readonly home: Route | null;
  /** Delivery capability that contacts present, 16 B (network.md, rule 11). */
  readonly capability: Uint8Array;
  /** The one before, while contacts may still use it. */
  readonly previousCapability: Uint8Array | null;
  /** ms since 1970 */
  readonly previousUntil: number;
  /** This device made the present capability: it alone knows which contacts confirmed it. */
  readonly rotatedHere: boolean;
  /** Single-use token of the invite link shown now, 16 B. */
  readonly requestToken: Uint8Array;
  /** Rises when name, colour, home or capability change. */
  readonly version: number;
  /** ms: when what all devices of the account share was last changed, on any of them (DEV-13). */
  readonly changedAt: number;
}

/** Under this name the record is kept. */
export const PROFILE = 'profile';
/** How long contacts may take to learn a new capability (network.md, rule 11). */
const PREVIOUS_MS = 14 * 86_400_000;

export class Profile {
  readonly #database: Database;
  readonly #random: Random;
  #record: ProfileRecord;
  /** Inside the transaction that writes it. */
  onChange: (before: ProfileRecord, now: ProfileRecord) => void = () => undefined;

  constructor(database: Database, random: Random, record: ProfileRecord) {
    this.#database = database;
    this.#random = random;
    this.#record = record;
    database.onRollback(() => {
      this.#record = (database.getMeta(PROFILE) as ProfileRecord | null) ?? record;
    });
  }

  get current(): ProfileRecord {
    return this.#record;
  }

  /** What contacts are told counts as a new version; settings of our own do not. */
  update(changes: Partial<Omit<ProfileRecord, 'version'>>): void {
    const before = this.#record;
    const next = { ...before, ...changes };
    const told =
      next.name !== before.name ||
      next.color !== before.color ||
      next.home !== before.home ||
      next.capability !== before.capability;
    this.#write({ ...next, version: told ? before.version + 1 : before.version });
    this.onChange(before, this.#record);
  }

  /** After somebody was blocked: the others get a new capability, the old one is honoured for a while. */
  rotateCapability(nowMs: number): void {
    const { capability } = this.#record;
    const previousUntil = nowMs + PREVIOUS_MS;
    this.update({ capability: this.#random(16), previousCapability: capability, previousUntil, rotatedHere: true });
  }

  /** The old capability is not needed any more. */
  forgetPrevious(): void {
    this.update({ previousCapability: null, previousUntil: 0 });
  }

  /** The invite link shown so far may have been used. */
  renewRequestToken(): void {
    this.update({ requestToken: this.#random(16) });
  }

  #write(record: ProfileRecord): void {
    this.#database.setMeta(PROFILE, record);
    this.#record = record;
  }
}

export const readProfile = (database: Database): ProfileRecord | null =>
  database.getMeta(PROFILE) as ProfileRecord | null;

export function writeProfile(
  database: Database,
  random: Random,
  given: { name: string; color: number; listed: boolean; url: string; psk: Uint8Array | null; home: Route | null },
  /** What a device that joins takes over from the others. */
  shared: Partial<ProfileRecord> = {},
): void {
  const record: ProfileRecord = {
    ...given,
    readReceipts: true,
    typing: true,
    capability: random(16),
    previousCapability: null,
    previousUntil: 0,
    rotatedHere: true,
    requestToken: random(16),
    version: 1,
    changedAt: 0,
    ...shared,
  };
  database.setMeta(PROFILE, record);
}
