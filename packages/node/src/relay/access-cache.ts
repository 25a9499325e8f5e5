import type { Access, RelayStore } from '../store/relay-store.ts';
import { bytesOf, keyOf } from '../text-key.ts';

/** Where access comes from: the store, or a live node's memory. */
export type AccessSource = Pick<RelayStore, 'access'>;

type Waiting = { readonly use: (access: Access | null) => void; readonly fail: (error: unknown) => void };

/**
 * What decides who may write to an account, kept in memory so that a Send costs no store call. Two generations:
 * when the young one is full it becomes the old one, and what is not asked for again goes with it.
 */
export class AccessCache {
  readonly #source: AccessSource;
  readonly #entries: number;
  #young = new Map<string, Access>();
  #old = new Map<string, Access>();
  /** Apart: whoever asks for accounts that nobody has must not drive out those that are. */
  readonly #absent = new Set<string>();
  /** What is old goes, asked for or not. */
  #ages = false;
  readonly #loading = new Map<string, Waiting[]>();

  constructor(source: AccessSource, entries: number) {
    this.#source = source;
    this.#entries = entries;
  }

  /**
   * Calls `use` now when the account is known, later when it must be loaded first. Uses of one account keep their
   * order. @param use gets null when nobody of that key has keys here
   */
  with(mailbox: Uint8Array, use: (access: Access | null) => void, fail: (error: unknown) => void): void {
    const key = keyOf(mailbox);
    const known = this.#known(key);
    if (known !== undefined) {
      use(known);
      return;
    }
    const waiting = this.#loading.get(key);
    if (waiting !== undefined) {
      waiting.push({ use, fail });
      return;
    }
    this.#loading.set(key, [{ use, fail }]);
    // A copy: the bytes belong to a packet that may hold much more.
    this.#load(key, mailbox.slice());
  }

  /** What is known without asking the store. @param key keyOf() the account */
  peek(key: string): Access | null | undefined {
    return this.#known(key);
  }

  /** To be called after every change, once it is on the disk: whoever waits gets the new state. */
  invalidate(mailbox: Uint8Array): void {
    const key = keyOf(mailbox);
    this.#young.delete(key);
    this.#old.delete(key);
    this.#absent.delete(key);
    // A load under way may carry the old state: another one follows, and answers those who wait.
    const waiting = this.#loading.get(key);
    if (waiting === undefined) return;
    this.#loading.set(key, [...waiting]);
    this.#load(key, mailbox.slice());
  }

  /** Nothing known is believed any more. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#absent.clear();
    for (const [key, waiting] of this.#loading) {
      this.#loading.set(key, [...waiting]);
      this.#load(key, bytesOf(key));
    }
  }

  /**
   * To be called now and then where others may change what is known here, and their word of it may be lost: what was
   * loaded before the last call goes.
   */
  age(): void {
    this.#ages = true;
    this.#old = this.#young;
    this.#young = new Map();
    this.#absent.clear();
  }

  #known(key: string): Access | null | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined && !this.#ages) this.#keep(key, old);
    return old ?? (this.#absent.has(key) ? null : undefined);
  }

  #keep(key: string, access: Access | null): void {
    if (access === null) {
      if (this.#absent.size >= this.#entries / 2) this.#absent.clear();
      this.#absent.add(key);
      return;
    }
    this.#absent.delete(key);
    if (this.#young.size >= this.#entries / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, access);
  }

  #load(key: string, mailbox: Uint8Array): void {
    const waiting = this.#loading.get(key)!;
    const isNewest = () => this.#loading.get(key) === waiting;
    this.#source.access(mailbox).then(
      (access) => {
        if (!isNewest()) return;
        this.#loading.delete(key);
        this.#keep(key, access);
        for (const { use } of waiting) use(access);
      },
      (error: unknown) => {
        if (!isNewest()) return;
        this.#loading.delete(key);
        for (const { fail } of waiting) fail(error);
      },
    );
  }
}
