import { type DeviceKeys, type Lane, type StoreItem } from './relay-store.ts';

/** A partition that holds envelopes here. */
export interface PartitionCount {
  /** 0..16383: see partitionOf. */
  readonly partition: number;
  /** At least 1. */
  readonly envelopes: number;
}

export interface PartitionFingerprint {
  readonly partition: number;
  readonly count: number;
  /** 16 B: the first half of SHA-256 over the first halves of the ids, sorted (RING-24). */
  readonly fingerprint: Uint8Array;
}

/** What is needed to find an envelope. */
export interface EnvelopeRef {
  readonly id: Uint8Array;
  readonly mailbox: Uint8Array;
  readonly device: number;
  readonly expires: number;
}

export interface HeldEnvelope extends EnvelopeRef {
  /** As QueuedEnvelope.sequence. */
  readonly sequence: number;
  readonly lane: Lane;
  /** Of the body. */
  readonly bytes: number;
}

/** An account's access under the signature of one of its devices. */
export interface SignedAccessKept {
  /** ms since 1970, the device's clock: the latest counts. */
  readonly at: number;
  /** Which of the account's devices signed it, 1..127: with it, it goes. */
  readonly device: number;
  /** Encoded SignedAccess, already verified by the caller. */
  readonly encoded: Uint8Array;
}

/** What one home tells another about an account; all of it was signed by the account. */
export interface AccountRecordKept {
  readonly mailbox: Uint8Array;
  readonly deviceList: {
    readonly revision: number;
    /** Encoded DeviceList. */
    readonly encoded: Uint8Array;
    readonly devices: readonly number[];
  };
  /** By rising number. */
  readonly devices: readonly { readonly device: number; readonly keys: DeviceKeys }[];
  /** null: never set, or not signed. */
  readonly access: SignedAccessKept | null;
}

/** What a home keeps for the other homes' sake: verbs of RelayStore that only rings of several nodes use. */
export interface RingStore {
  /** By rising number. Works in slices, like expire: other calls may come between. */
  partitions(): Promise<PartitionCount[]>;
  /** Of the partitions from..to (inclusive) that hold envelopes, by rising number. Works in slices. */
  digests(from: number, to: number): Promise<PartitionFingerprint[]>;
  /**
   * At most `limit` envelopes of a partition with sequence > after, rising: who reads on after the last one misses
   * nothing. What has expired may be among them.
   */
  inventory(partition: number, after: number, limit: number): Promise<HeldEnvelope[]>;
  /** In the order of the refs; null: not here, or acknowledged. The token it used up is not remembered. */
  read(refs: readonly EnvelopeRef[]): Promise<(StoreItem | null)[]>;
  /**
   * Removes without tombstones: the same envelope may be stored again. Unknown and acknowledged ones are left as they
   * are. Works in slices.
   */
  discard(refs: readonly EnvelopeRef[]): Promise<void>;
  /** null: nobody of that key has published a device list here. */
  accountRecord(mailbox: Uint8Array): Promise<AccountRecordKept | null>;
  /**
   * Takes from another home what is newer than here: the device list by its revision, access by its time. Keys only of
   * listed devices that have none here: which of two is newer cannot be told. @param access the hashes in
   * `record.access`; ignored when the list held here does not name the device that signed them
   */
  saveAccount(record: AccountRecordKept, access: AccessHashes | null): Promise<void>;
}

/** SHA-256 hashes, 32 B. */
export interface AccessHashes {
  readonly capabilityHash: Uint8Array;
  readonly previousHash: Uint8Array | null;
  /** ms since 1970 */
  readonly previousUntil: number;
}
