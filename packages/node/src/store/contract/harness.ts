import { createHash } from 'node:crypto';
import { test } from 'vitest';
import { type RelayStore, type StoreItem } from '../relay-store.ts';
import { type StoreLimits } from '../store-limits.ts';

export interface StoreHarness {
  readonly store: RelayStore;
  /** Closes the store and opens another one over what it left; null: this backend keeps nothing. */
  readonly reopen: (() => Promise<RelayStore>) | null;
  /** Closes what is open and removes all traces. */
  readonly dispose: () => Promise<void>;
}

export type OpenHarness = (limits: StoreLimits) => Promise<StoreHarness>;

export const SMALL_LIMITS: StoreLimits = {
  contactEnvelopes: 5,
  contactBytes: 1_000,
  strangerEnvelopes: 2,
  oneTimeKeys: 6,
  oneTimeKyberKeys: 4,
  requestTokens: 3,
};

/** A test with a store of its own; the second argument closes and reopens it, when the backend keeps anything. */
export function storeTest(
  open: OpenHarness,
  title: string,
  body: (store: RelayStore, reopen: () => Promise<RelayStore>) => Promise<void>,
  limits: StoreLimits = SMALL_LIMITS,
): void {
  // oxlint-disable-next-line vitest/valid-title, vitest/expect-expect -- both come with the caller's body
  test(title, async () => {
    const harness = await open(limits);
    try {
      // For a backend that keeps nothing the same checks hold without the restart.
      await body(harness.store, harness.reopen ?? (() => Promise.resolve(harness.store)));
    } finally {
      await harness.dispose();
    }
  });
}

export const EXPIRES = 2_000_000;
export const ALICE = filled(32, 1);
export const BOB = filled(32, 2);

export function filled(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (seed * 31 + i * 7) & 0xff;
  return bytes;
}

export const hash32 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest());

/** An envelope for Alice's first device, unless told otherwise; `name` decides id and body. */
export function envelope(name: string, change: Partial<StoreItem> = {}): StoreItem {
  const item = { mailbox: ALICE, device: 1, expires: EXPIRES, lane: 'contact', tokenHash: null, ...change } as const;
  const body = change.body ?? filled(100, name.length);
  const id = hash32(`${Buffer.from(item.mailbox).toString('hex')}/${item.device}/${item.expires}/${name}`);
  return { ...item, body, id };
}

export const many = (count: number, prefix: string, change: Partial<StoreItem> = {}): StoreItem[] =>
  Array.from({ length: count }, (_, i) => envelope(`${prefix}${i}`, change));
