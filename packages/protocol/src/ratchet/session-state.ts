import type { SkippedKeys } from '../braid/index.ts';

/**
 * One side of one session: everything needed to open and make messages, the identity secret excepted. Immutable:
 * each operation returns the next state. Keys named `…Key` are public (`0x05 | 32 B`) unless said otherwise.
 */
export interface SessionState {
  /** Whether this device sent the first message. */
  readonly initiator: boolean;
  readonly localIdentity: Uint8Array;
  readonly remoteIdentity: Uint8Array;
  readonly localRegistrationId: number;
  readonly remoteRegistrationId: number;
  /** EKA of PQXDH. It names the session: a first message that repeats it belongs here. */
  readonly baseKey: Uint8Array;
  /** RK of Double Ratchet; secret, 32 B. */
  readonly rootKey: Uint8Array;
  /** DHs, CKs, Ns. */
  readonly sending: SendingChain;
  /** PN as it goes on the wire: max(0, last chain's index - 1). */
  readonly previousCounter: number;
  /** DHr, CKr, Nr and MKSKIPPED of the newest chains, oldest first. */
  readonly receiving: readonly ReceivingChain[];
  readonly postQuantum: { readonly version: number; readonly state: Uint8Array };
  /** What goes before each message until the first answer has come; null: it has, or this is the responder. */
  readonly pending: PendingHandshake | null;
}

export interface SendingChain {
  /** 32 B. */
  readonly ratchetSecret: Uint8Array;
  readonly ratchetKey: Uint8Array;
  /** Secret, 32 B. */
  readonly chainKey: Uint8Array;
  /** Counter of the next message. */
  readonly index: number;
}

export interface ReceivingChain {
  readonly ratchetKey: Uint8Array;
  /** Secret, 32 B. */
  readonly chainKey: Uint8Array;
  /** Counter of the next message. */
  readonly index: number;
  readonly skipped: SkippedKeys;
}

export interface PendingHandshake {
  readonly oneTimeId: number | null;
  readonly signedPrekeyId: number;
  readonly kyberId: number;
  /** `0x08 | 1,568 B`. */
  readonly kyberCiphertext: Uint8Array;
  readonly startedAtMs: number;
  /** Has already prevailed over a session that the other side began at the same time. */
  readonly contested: boolean;
}
