/** Which keys each home has, and whether lost ones are to be replaced there (ENG-20, RING-66). Sealed. */
import { utf8 } from '@sotto/protocol/crypto';
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';

/** What one home has. */
interface AtHome {
  /** Id of its newest signed prekey; the last-resort and the sealing key were brought with it. */
  readonly signed: number;
  /** Number of the last renewal that it took part in. */
  readonly renewed: number;
}

/** All keys were replaced out of their turn. */
interface Renewal {
  /** How often so far. */
  readonly number: number;
  /** ms since 1970; 0: never. */
  readonly at: number;
  /** Others are to hear of it. */
  readonly isTold: boolean;
  /** When they heard of it last; 0: not yet. */
  readonly toldAt: number;
}

/** As it was written when there was one home. */
interface EarlierRenewal {
  readonly at: number;
  readonly isPending: boolean;
  readonly isTold: boolean;
}

const HOMES = 'prekey-homes';
const RENEWAL = 'prekey-renewal';
const NEVER: Renewal = { number: 0, at: 0, isTold: false, toldAt: 0 };
/** Who looked keys up at a home that was late got lost ones again: told once more, unless it was just told. */
const TELL_AGAIN_MS = 10_000;

export class PrekeyHomes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What stands for a home in the rows. */
  tagOf(home: string): string {
    return toHex(this.#database.rows.tag('home', utf8(home)));
  }

  get isEmpty(): boolean {
    return Object.keys(this.#all()).length === 0;
  }

  /** null: nothing was ever brought there. */
  read(home: string): AtHome | null {
    return this.#all()[this.tagOf(home)] ?? null;
  }

  /** Inside a transaction. */
  write(home: string, has: AtHome): void {
    this.#database.setMeta(HOMES, { ...this.#all(), [this.tagOf(home)]: has });
  }

  /** Forgets homes that are none any more. Inside a transaction. @param isNeeded keys made for it are still here */
  retain(homes: readonly string[], isNeeded: (tag: string) => boolean): void {
    const kept = new Set(homes.map((home) => this.tagOf(home)));
    const all = Object.entries(this.#all());
    const left = all.filter(([tag]) => kept.has(tag) || isNeeded(tag));
    if (left.length < all.length) this.#database.setMeta(HOMES, Object.fromEntries(left));
  }

  get renewal(): Renewal {
    const kept = this.#database.getMeta(RENEWAL) as Renewal | EarlierRenewal | null;
    if (kept === null) return NEVER;
    if ('number' in kept) return kept;
    return { number: kept.isPending ? 1 : 0, at: kept.at, isTold: kept.isTold, toldAt: 0 };
  }

  /** Inside a transaction. */
  beginRenewal(nowMs: number, isTold: boolean): void {
    const renewal: Renewal = { number: this.renewal.number + 1, at: nowMs, isTold, toldAt: 0 };
    this.#database.setMeta(RENEWAL, renewal);
  }

  /** A home has the new keys. Inside a transaction. @returns whether others are to be told */
  noteRenewed(nowMs: number): boolean {
    const { renewal } = this;
    const isDue = renewal.isTold && (renewal.toldAt === 0 || nowMs - renewal.toldAt >= TELL_AGAIN_MS);
    this.#database.setMeta(RENEWAL, { ...renewal, at: nowMs, toldAt: isDue ? nowMs : renewal.toldAt });
    return isDue;
  }

  #all(): Record<string, AtHome> {
    return (this.#database.getMeta(HOMES) as Record<string, AtHome> | null) ?? {};
  }
}
