import { test } from 'vitest';
import { type RelayStore } from '../relay-store.ts';
import { type StoreLimits } from '../store-limits.ts';

interface StoreHarness {
  readonly store: RelayStore;
  /** Closes the store and opens another one over what it left; null: this backend keeps nothing. */
  readonly reopen: (() => Promise<RelayStore>) | null;
  /** Closes what is open and removes all traces. */
  readonly dispose: () => Promise<void>;
}

export type OpenHarness = (limits: StoreLimits) => Promise<StoreHarness>;

const SMALL_LIMITS: StoreLimits = {
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
