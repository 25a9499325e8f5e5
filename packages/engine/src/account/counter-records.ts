/** What each home was told last of this device's state (ENG-43, RING-67). */
import { utf8 } from '@sotto/protocol/crypto';
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';

export interface CounterRecord {
  /** What the home has, as far as is known; 0: none yet. */
  readonly value: number;
  /** What it was asked to take, when the answer has not come. */
  readonly next: number | null;
  /** What it had before, the latest first. */
  readonly before: readonly number[];
  /** This storage went back once since the home was asked last: whatever it has says nothing new. */
  readonly isExcused: boolean;
}

const NAME = 'state-counter';
const NEW: CounterRecord = { value: 0, next: null, before: [], isExcused: false };
const KEPT_BEFORE = 16;

interface Kept {
  /** By the home's tag. */
  readonly homes?: Readonly<Record<string, CounterRecord>>;
  /** As it was written when there was one home. */
  readonly value?: number;
  readonly next?: number | null;
}

export class CounterRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param home node id in hex */
  read(home: string): CounterRecord {
    const kept = this.#database.getMeta(NAME) as Kept | null;
    if (kept === null) return NEW;
    // The first home that is asked is the one there was.
    if (kept.homes === undefined) return { ...NEW, value: kept.value ?? 0, next: kept.next ?? null };
    return kept.homes[this.#tag(home)] ?? NEW;
  }

  /** The home is about to be asked to take `next`. Inside a transaction. */
  intend(home: string, next: number): void {
    this.#write(home, { ...this.read(home), next });
  }

  /** The home has `value`. Inside a transaction. */
  settle(home: string, value: number): void {
    const { value: last, before } = this.read(home);
    const kept = last === 0 || last === value ? before : [last, ...before];
    this.#write(home, { value, next: null, before: kept.slice(0, KEPT_BEFORE), isExcused: false });
  }

  /** This storage went back: what the other homes have will differ for the same reason. Inside a transaction. */
  excuseOthers(home: string): void {
    const { homes = {} } = (this.#database.getMeta(NAME) ?? {}) as Kept;
    const own = this.#tag(home);
    const entries = Object.entries(homes).map(([tag, record]) => [
      tag,
      tag === own ? record : { ...record, isExcused: true },
    ]);
    this.#database.setMeta(NAME, { homes: Object.fromEntries(entries) as Kept['homes'] });
  }

  #write(home: string, record: CounterRecord): void {
    const { homes = {} } = (this.#database.getMeta(NAME) ?? {}) as Kept;
    this.#database.setMeta(NAME, { homes: { ...homes, [this.#tag(home)]: record } });
  }

  #tag(home: string): string {
    return toHex(this.#database.rows.tag('home', utf8(home)));
  }
}
