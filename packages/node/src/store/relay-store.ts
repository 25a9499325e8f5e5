/**
 * Where a node keeps what waits for people who are away. Asynchronous atomic verbs, not tables: each batch
 * is on the disk when its promise resolves, or none of it is. Backends: memory, sqlite. One contract suite.
 */

export type Lane = 'contact' | 'stranger';

export interface StoreItem {
  /** Envelope id, 32 B. */
  readonly id: Uint8Array;
  /** Account key, 32 B. */
  readonly mailbox: Uint8Array;
  readonly device: number;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly lane: Lane;
  readonly body: Uint8Array;
  /** Hash of a request token that this envelope uses up, in the same transaction; null: none. */
  readonly tokenHash: Uint8Array | null;
}

/**
 * `stored`: on the disk now. `duplicate`: was there already (still on the disk when the promise resolves).
 * `acknowledged`: the recipient took it earlier (a tombstone); counts as stored for the sender.
 * `quota`: this device's lane is full; nothing was dropped to make room. `token-used`: the token is unknown or spent.
 */
export type StoreOutcome = 'stored' | 'duplicate' | 'acknowledged' | 'quota' | 'token-used';

export interface QueuedEnvelope {
  /** Rises with commit order within a mailbox: reading after a cursor never skips an envelope. */
  readonly sequence: number;
  readonly id: Uint8Array;
  readonly expires: number;
  readonly body: Uint8Array;
}

export interface AcknowledgeItem {
  readonly mailbox: Uint8Array;
  readonly device: number;
  readonly ids: readonly Uint8Array[];
}

/** What a device published. Encoded protobuf messages are kept as they came: the reader verifies signatures. */
export interface DeviceKeys {
  readonly registrationId: number;
  /** Encoded SignedKey, SignedKey, SealKey. */
  readonly signedPrekey: Uint8Array;
  readonly lastResortKyber: Uint8Array;
  readonly sealKey: Uint8Array;
}

export interface PublishedKeys {
  readonly mailbox: Uint8Array;
  readonly device: number;
  /** null leaves what is there. */
  readonly keys: DeviceKeys | null;
  /** Encoded OneTimeKey, by id; an id already held or already given out is ignored. */
  readonly oneTime: readonly { id: number; key: Uint8Array }[];
  /** Encoded SignedKey. */
  readonly oneTimeKyber: readonly { id: number; key: Uint8Array }[];
  /** Encoded DeviceList, already verified by the caller; null leaves what is there. */
  readonly deviceList: { revision: number; encoded: Uint8Array; devices: readonly number[] } | null;
}

export interface KeyCountsOf {
  readonly oneTime: number;
  readonly oneTimeKyber: number;
}

export interface ClaimedBundle {
  readonly device: number;
  readonly keys: DeviceKeys;
  readonly oneTime: Uint8Array | null;
  readonly oneTimeKyber: Uint8Array | null;
}

/** What decides who may write to an account. */
export interface Access {
  /** Encoded DeviceList. */
  readonly deviceList: Uint8Array;
  readonly deviceListRevision: number;
  readonly devices: readonly number[];
  /** SHA-256 hashes, 32 B; null when never set. */
  readonly capabilityHash: Uint8Array | null;
  readonly previousHash: Uint8Array | null;
  /** ms since 1970 */
  readonly previousUntil: number;
}

export interface RelayStore {
  /** Outcomes in the order of the items. One commit. @throws RelayStoreError */
  store(items: readonly StoreItem[]): Promise<StoreOutcome[]>;
  /** At most `limit` envelopes with sequence > after, rising; cost O(limit) whatever the backlog. */
  take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]>;
  waiting(mailbox: Uint8Array, device: number): Promise<number>;
  /** Removes and leaves tombstones. Unknown ids are ignored. */
  acknowledge(items: readonly AcknowledgeItem[]): Promise<void>;
  publishKeys(published: PublishedKeys): Promise<KeyCountsOf>;
  keyCounts(mailbox: Uint8Array, device: number): Promise<KeyCountsOf>;
  /** Bundles of these devices (empty: all of the list); each one-time key is given out once, and only when `oneTime`. */
  claimBundles(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): Promise<ClaimedBundle[]>;
  /** null: nobody of that key has keys here. */
  access(mailbox: Uint8Array): Promise<Access | null>;
  setAccess(
    mailbox: Uint8Array,
    access: { capabilityHash: Uint8Array; previousHash: Uint8Array | null; previousUntil: number },
    tokenHashes: readonly Uint8Array[],
  ): Promise<void>;
  /** Whether a request token is known and unspent. */
  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean>;
  /** Removes what has expired by `nowSeconds`, and tombstones two epochs (20 min) later. Returns how many envelopes went. */
  expire(nowSeconds: number): Promise<number>;
  /** Waits for what is under way, then closes. */
  close(): Promise<void>;
}

export type RelayStoreErrorCode = 'disk-full' | 'closed' | 'failed';

export class RelayStoreError extends Error {
  readonly code: RelayStoreErrorCode;
  constructor(code: RelayStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RelayStoreError';
    this.code = code;
  }
}
