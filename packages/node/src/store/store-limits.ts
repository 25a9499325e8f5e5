/** How much a store keeps. Passed to openStore, so that tests can use small ones. */
export interface StoreLimits {
  /** Per device, contacts' lane: envelopes, and bytes of their bodies. */
  readonly contactEnvelopes: number;
  readonly contactBytes: number;
  /** Per device, strangers' lane. */
  readonly strangerEnvelopes: number;
  /** Per device, held at one time. */
  readonly oneTimeKeys: number;
  readonly oneTimeKyberKeys: number;
  /** Per account, unspent. */
  readonly requestTokens: number;
}

export const DEFAULT_STORE_LIMITS: StoreLimits = {
  contactEnvelopes: 10_000,
  contactBytes: 64 * 1024 * 1024,
  strangerEnvelopes: 64,
  oneTimeKeys: 200,
  oneTimeKyberKeys: 100,
  requestTokens: 1_000,
};

/** Of the contacts' lane, for what another node says belongs there without the sender's capability or token. */
export const UNPROVEN_SHARE = 0.5;

/**
 * How long a tombstone outlives its envelope's expiry: two nodes whose clocks are wrong by up to half an hour, one early
 * and one late, and two epochs of 10 minutes.
 */
export const TOMBSTONE_EXTRA_SECONDS = 4_800;
