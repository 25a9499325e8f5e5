/**
 * Where a node keeps what waits for people who are away. Asynchronous atomic verbs, not tables: each call
 * is on the disk when its promise resolves, or none of it is. Calls take effect in the order in which they were
 * made, also when nobody awaits in between. Bytes handed in are copied before the call returns: the caller may
 * reuse its buffers. Backends: memory, sqlite. One contract suite. Rules: docs/protocol/store.md.
 */

import { type AccessHashes, type RingStore, type SignedAccessKept } from './ring-store.ts';

export type Lane = 'contact' | 'stranger';

export interface StoreItem {
  /** Envelope id, 32 B: a hash over mailbox, device, expires and body, computed by the caller. */
  readonly id: Uint8Array;
  /** Account key, 32 B. */
  readonly mailbox: Uint8Array;
  /** 1..127 */
  readonly device: number;
  /** Seconds since 1970. The store has no clock: the caller refuses what has expired already (STORE-8). */
  readonly expires: number;
  readonly lane: Lane;
  readonly body: Uint8Array;
  /** 32 B hash of a request token that this envelope uses up, in the same transaction; null: none. */
  readonly tokenHash: Uint8Array | null;
  /** Contacts' lane at another node's word alone: half of it is open to such, the other half stays for who shows more. */
  readonly unproven?: boolean;
}

/**
 * `stored`: on the disk now. `duplicate`: was there already (still on the disk when the promise resolves).
 * `acknowledged`: the recipient took it earlier (a tombstone); counts as stored for the sender.
 * `quota`: this device's lane is full; nothing was dropped to make room. `token-used`: the token is unknown or spent.
 * Looked at in the order duplicate, acknowledged, token-used, quota, so that a repeated send is never told
 * `token-used` because of its own first copy; only `stored` uses the token up.
 */
export type StoreOutcome = 'stored' | 'duplicate' | 'acknowledged' | 'quota' | 'token-used';

/** One device of an account. */
export interface DeviceRef {
  /** Account key, 32 B. */
  readonly mailbox: Uint8Array;
  /** 1..127 */
  readonly device: number;
}

export interface QueuedEnvelope {
  /**
   * At least 1, at most 2^53 - 1. Rises with commit order within the queue of one device, never given twice there, also
   * across restarts: reading after a cursor never skips an envelope. Has gaps. Of two queues nothing follows.
   */
  readonly sequence: number;
  readonly id: Uint8Array;
  /** May have passed when the store was not told to expire since. */
  readonly expires: number;
  readonly body: Uint8Array;
}

export interface AcknowledgeItem {
  readonly mailbox: Uint8Array;
  readonly device: number;
  readonly ids: readonly Uint8Array[];
  /**
   * Seconds, one for each id: ids that are not here leave a tombstone of this expiry, so that a copy that another home
   * still passes on is not kept. Without: they are ignored.
   */
  readonly expires?: readonly number[];
}

/** What a device published. Encoded protobuf messages are kept as they came: the reader verifies signatures. */
export interface DeviceKeys {
  readonly registrationId: number;
  /** Encoded SignedKey, SignedKey, SealKey. */
  readonly signedPrekey: Uint8Array;
  readonly lastResortKyber: Uint8Array;
  readonly sealKey: Uint8Array;
}

export interface OneTimeEntry {
  readonly id: number;
  readonly key: Uint8Array;
}

export interface PublishedKeys {
  readonly mailbox: Uint8Array;
  readonly device: number;
  /** null leaves what is there. */
  readonly keys: DeviceKeys | null;
  /** Encoded OneTimeKey, by id; an id already held or already given out is ignored, and so is what exceeds the limit. */
  readonly oneTime: readonly OneTimeEntry[];
  /** Encoded SignedKey. */
  readonly oneTimeKyber: readonly OneTimeEntry[];
  /** One-time keys held before are not given out any more; their ids count as given out. */
  readonly replaceOneTime: boolean;
  /**
   * Encoded DeviceList, already verified by the caller; null leaves what is there. A revision not above the one
   * held is ignored. Keys and state counters of devices that are no longer listed go, and so does the signature of
   * access that one of them signed: its hashes stay until any signed access replaces them.
   */
  readonly deviceList: {
    readonly revision: number;
    readonly encoded: Uint8Array;
    readonly devices: readonly number[];
  } | null;
}

export interface KeyCountsOf {
  readonly oneTime: number;
  readonly oneTimeKyber: number;
}

export interface ClaimedBundle {
  readonly device: number;
  readonly keys: DeviceKeys;
  /** null: none left, or not asked for. */
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
  /** ms since 1970; 0 when never set. */
  readonly previousUntil: number;
}

export interface AccessChange extends AccessHashes {
  /**
   * Without, no other home will believe it. A signed one that is not later than the latest signed one is ignored, and so
   * is one of a device that the list held here does not name.
   */
  readonly signed?: SignedAccessKept;
}

/** Every verb rejects with a RelayStoreError. */
export interface RelayStore extends RingStore {
  /** Outcomes in the order of the items. One commit. */
  store(items: readonly StoreItem[]): Promise<StoreOutcome[]>;
  /** At most `limit` envelopes with sequence > after, rising; cost O(limit) whatever the backlog. */
  take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]>;
  /** Envelopes of both lanes. */
  waiting(mailbox: Uint8Array, device: number): Promise<number>;
  /**
   * For each device, in order, how far its queue reaches: at least the sequence of its newest envelope that waits, at
   * most the highest one ever given there; 0 when there was none. Whoever has read up to it has missed nothing. Cheap:
   * it is asked for all attached devices at once.
   */
  heads(devices: readonly DeviceRef[]): Promise<number[]>;
  /** Removes and leaves tombstones. Unknown ids are as AcknowledgeItem.expires says, and so are ids of another mailbox. */
  acknowledge(items: readonly AcknowledgeItem[]): Promise<void>;
  /** What is held afterwards. */
  publishKeys(published: PublishedKeys): Promise<KeyCountsOf>;
  keyCounts(mailbox: Uint8Array, device: number): Promise<KeyCountsOf>;
  /**
   * Bundles of these devices (empty: all of the list), by rising device number; devices not listed or without keys
   * are left out. Each one-time key is given out once, and only when `oneTime`.
   */
  claimBundles(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): Promise<ClaimedBundle[]>;
  /** null: nobody of that key has published a device list here. */
  access(mailbox: Uint8Array): Promise<Access | null>;
  /**
   * Replaces the hashes (null: leaves them), adds the tokens: a token known already, spent or not, is ignored, and so
   * is what exceeds the limit.
   * @returns null; or, when the hashes were ignored because other signed ones are not older: the time of those, ms since
   * 1970, which a signed access must be later than
   */
  setAccess(
    mailbox: Uint8Array,
    access: AccessChange | null,
    tokenHashes: readonly Uint8Array[],
  ): Promise<number | null>;
  /**
   * The state counter of a device, up to 2^64 - 1; 0 when never set. It becomes `next` when it is `expected`.
   * @returns what it is afterwards
   */
  compareState(mailbox: Uint8Array, device: number, expected: bigint, next: bigint): Promise<bigint>;
  /** Whether a request token is known and unspent. */
  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean>;
  /**
   * Removes what has expired by `nowSeconds` (expires <= now), and tombstones 80 min later. Returns how
   * many envelopes went. To be called every minute or so: it also clears removed bodies out of the store's files.
   */
  expire(nowSeconds: number): Promise<number>;
  /** Waits for what is under way, then closes. A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * `disk-full`: nothing of this call was stored; works again when there is room. `away`: a database that cannot be
 * reached or does not answer in time; what became of the call is unknown, and it may be made again. `closed`: called
 * after close(). `failed`: the disk or database refused for another reason. Only when opening: `in-use` by another
 * process, `damaged` or foreign file, `newer` version than this program knows.
 */
export type RelayStoreErrorCode = 'disk-full' | 'away' | 'closed' | 'failed' | 'in-use' | 'damaged' | 'newer';

export class RelayStoreError extends Error {
  readonly code: RelayStoreErrorCode;
  /** Whether the same call may succeed later. */
  readonly retry: boolean;
  constructor(code: RelayStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RelayStoreError';
    this.code = code;
    this.retry = code === 'disk-full' || code === 'away' || code === 'in-use';
  }
}
