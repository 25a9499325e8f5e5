/** Who sent an envelope, as far as a node can tell: somebody with the account's capability or token, or anybody. */
export type Lane = 'contact' | 'stranger';

export interface Quota {
  readonly envelopes: number;
  readonly bytes: number;
}

/** What a node keeps per device unless its operator says otherwise (MB-4). A full lane refuses; nothing is dropped. */
export const DEFAULT_QUOTA: Readonly<Record<Lane, Quota>> = {
  contact: { envelopes: 10_000, bytes: 64 * 1024 * 1024 },
  stranger: { envelopes: 64, bytes: 64 * 49_152 },
};

/** Length of an epoch; membership and tombstones count in these. */
export const EPOCH_SECONDS = 600;

/** How long a tombstone outlives its envelope's expiry (MB-8). */
export const TOMBSTONE_SECONDS = 2 * EPOCH_SECONDS;
