import type { LiveKeys } from './live-keys.ts';
import type { Access, AccessChange, ClaimedBundle, KeyCountsOf, PublishedKeys } from '../store/relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store/store-limits.ts';
import { MemoryDirectory } from '../store/memory/memory-directory.ts';
import { deviceKey, keyOf } from '../text-key.ts';

interface LiveAccount {
  /** Made when something is published. */
  directory: MemoryDirectory | null;
  /** Certified links of the account that are open. */
  links: number;
}

/** Keys and access of who is here; forgotten when the account's last link closes (NODE-40). */
export class LiveDirectory implements LiveKeys {
  readonly #accounts = new Map<string, LiveAccount>();
  readonly #isAttached: (key: string) => boolean;

  /** @param isAttached whether a device, by deviceKey(), is attached: only those can be written to */
  constructor(isAttached: (key: string) => boolean) {
    this.#isAttached = isAttached;
  }

  /** A certified link of this account opened. */
  enter(account: Uint8Array): void {
    const key = keyOf(account);
    let live = this.#accounts.get(key);
    if (live === undefined) {
      live = { directory: null, links: 0 };
      this.#accounts.set(key, live);
    }
    live.links += 1;
  }

  /** @returns whether it was the last: everything of the account is forgotten */
  leave(account: Uint8Array): boolean {
    const key = keyOf(account);
    const live = this.#accounts.get(key);
    if (live === undefined) return false;
    live.links -= 1;
    return live.links === 0 && this.#accounts.delete(key);
  }

  publishKeys(published: PublishedKeys): Promise<KeyCountsOf> {
    const counts = this.#make(published.mailbox)?.publish(published);
    return Promise.resolve(counts ?? { oneTime: 0, oneTimeKyber: 0 });
  }

  keyCounts(mailbox: Uint8Array, device: number): Promise<KeyCountsOf> {
    return Promise.resolve(this.#of(mailbox)?.counts(mailbox, device) ?? { oneTime: 0, oneTimeKyber: 0 });
  }

  claimBundles(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): Promise<ClaimedBundle[]> {
    const wanted = (this.#of(mailbox)?.access(mailbox)?.devices ?? []).filter(
      (device) => (devices.length === 0 || devices.includes(device)) && this.#isAttached(deviceKey(mailbox, device)),
    );
    // An empty list would mean all of them.
    if (wanted.length === 0) return Promise.resolve([]);
    return Promise.resolve(this.#of(mailbox)?.claim(mailbox, wanted, oneTime) ?? []);
  }

  access(mailbox: Uint8Array): Promise<Access | null> {
    return Promise.resolve(this.#of(mailbox)?.access(mailbox) ?? null);
  }

  setAccess(
    mailbox: Uint8Array,
    access: AccessChange | null,
    tokenHashes: readonly Uint8Array[],
  ): Promise<number | null> {
    return Promise.resolve(this.#make(mailbox)?.setAccess(mailbox, access, tokenHashes) ?? null);
  }

  compareState(mailbox: Uint8Array, device: number, expected: bigint, next: bigint): Promise<bigint> {
    return Promise.resolve(this.#make(mailbox)?.compareState(mailbox, device, expected, next) ?? 0n);
  }

  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean> {
    return Promise.resolve(this.#of(mailbox)?.tokenIsValid(mailbox, tokenHash) ?? false);
  }

  /** @returns false when the token is unknown or spent */
  spendToken(mailbox: Uint8Array, tokenHash: Uint8Array): boolean {
    const directory = this.#of(mailbox);
    if (directory === undefined || !directory.tokenIsValid(mailbox, tokenHash)) return false;
    directory.spendToken(mailbox, tokenHash);
    return true;
  }

  #make(mailbox: Uint8Array): MemoryDirectory | undefined {
    const live = this.#accounts.get(keyOf(mailbox));
    // Its last link closed meanwhile: nothing is kept.
    if (live === undefined) return undefined;
    live.directory ??= new MemoryDirectory(DEFAULT_STORE_LIMITS);
    return live.directory;
  }

  #of(mailbox: Uint8Array): MemoryDirectory | undefined {
    return this.#accounts.get(keyOf(mailbox))?.directory ?? undefined;
  }
}
