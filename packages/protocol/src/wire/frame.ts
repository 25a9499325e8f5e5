import type { RefusalCode } from './gen/link_pb.js';
import type {
  Announcement,
  Attach,
  Attached,
  Bundles,
  CompareState,
  FetchBundles,
  Find,
  Found,
  KeyCounts,
  Presence,
  SetAccess,
  StateCounter,
} from './gen/link_pb.js';
import type { KeyUpload } from './gen/keys_pb.js';
import type {
  FetchView,
  Join,
  Joined,
  Peer,
  SpreadAcks,
  TunnelClose,
  TunnelData,
  TunnelOpen,
  View,
} from './gen/ring_pb.js';

/**
 * Frames of a link (link.proto). The hot ones are plain objects with 64-bit fields as numbers; the others are
 * the generated messages. Absent bytes are empty arrays, as in generated code.
 */
export interface Frame {
  /** Chosen by the side that asks, 1 … 2^32-1; the answer carries the same. 0: no answer is wanted. */
  readonly request: number;
  readonly body: FrameBody;
}

export type FrameBody =
  | { readonly case: 'send'; readonly value: SendFrame }
  | { readonly case: 'stored'; readonly value: StoredFrame }
  | { readonly case: 'refusal'; readonly value: RefusalFrame }
  | { readonly case: 'delivered'; readonly value: EmptyFrame }
  | { readonly case: 'deliver'; readonly value: DeliverFrame }
  | { readonly case: 'acknowledge'; readonly value: AcknowledgeFrame }
  | { readonly case: 'done'; readonly value: EmptyFrame }
  | { readonly case: 'ping'; readonly value: EmptyFrame }
  | { readonly case: 'pong'; readonly value: EmptyFrame }
  | { readonly case: 'closing'; readonly value: ClosingFrame }
  | { readonly case: 'unknown'; readonly value: UnknownFrame }
  | ColdFrameBody;

/** Rare frames: the values are generated messages, made with `create(AttachSchema, {…})`. */
export type ColdFrameBody =
  | { readonly case: 'attach'; readonly value: Attach }
  | { readonly case: 'attached'; readonly value: Attached }
  | { readonly case: 'publishKeys'; readonly value: KeyUpload }
  | { readonly case: 'keyCounts'; readonly value: KeyCounts }
  | { readonly case: 'fetchBundles'; readonly value: FetchBundles }
  | { readonly case: 'bundles'; readonly value: Bundles }
  | { readonly case: 'setAccess'; readonly value: SetAccess }
  | { readonly case: 'find'; readonly value: Find }
  | { readonly case: 'found'; readonly value: Found }
  | { readonly case: 'presence'; readonly value: Presence }
  | { readonly case: 'announcement'; readonly value: Announcement }
  | { readonly case: 'compareState'; readonly value: CompareState }
  | { readonly case: 'stateCounter'; readonly value: StateCounter }
  | { readonly case: 'fetchView'; readonly value: FetchView }
  | { readonly case: 'view'; readonly value: View }
  | { readonly case: 'join'; readonly value: Join }
  | { readonly case: 'joined'; readonly value: Joined }
  | { readonly case: 'tunnelOpen'; readonly value: TunnelOpen }
  | { readonly case: 'tunnelData'; readonly value: TunnelData }
  | { readonly case: 'tunnelClose'; readonly value: TunnelClose }
  | { readonly case: 'spreadAcks'; readonly value: SpreadAcks }
  | { readonly case: 'peer'; readonly value: Peer };

export type FrameCase = FrameBody['case'];
/** The body of one kind: `BodyOf<'send'>`. */
export type BodyOf<Case extends FrameCase> = Extract<FrameBody, { readonly case: Case }>;

export interface SendFrame {
  /** Account key, 32 B. */
  readonly mailbox: Uint8Array;
  readonly device: number;
  /** Seconds since 1970. */
  readonly expires: number;
  /** 1 … 49,152 B. */
  readonly body: Uint8Array;
  /** 16 B or empty. */
  readonly capability: Uint8Array;
  /** 16 B or empty. */
  readonly requestToken: Uint8Array;
  readonly live: boolean;
}

export interface StoredFrame {
  /** Milliseconds since 1970, the node's clock. */
  readonly at: number;
  readonly leaves: number;
  /** Ed25519, 64 B. */
  readonly signature: Uint8Array;
  readonly items: readonly StoredItemFrame[];
  /** Node id of the home whose receipt is passed on, 32 B; empty: of the node that sends this. */
  readonly node: Uint8Array;
}

export interface StoredItemFrame {
  readonly request: number;
  readonly leaf: number;
  /** Sibling hashes from the leaf up, 32 B each. */
  readonly path: Uint8Array;
}

export interface RefusalFrame {
  readonly code: RefusalCode;
  /** 0: trying again does not help. */
  readonly retryMs: number;
  /** Of OLDER: the time, in ms since 1970, that signed access must be later than. Left out where there is none. */
  readonly at?: number;
}

export interface DeliverFrame {
  /** Seconds since 1970. */
  readonly expires: number;
  /** 1 … 49,152 B. */
  readonly body: Uint8Array;
  readonly live: boolean;
}

export interface AcknowledgeFrame {
  /** Envelope ids, 32 B each, at least one. */
  readonly ids: Uint8Array;
}

export interface ClosingFrame {
  /** When to come back, already spread. */
  readonly retryMs: number;
}

export type EmptyFrame = Readonly<Record<string, never>>;

/**
 * A frame of a kind this version does not know (WIRE-9). Only ever decoded: the answer is a Refusal UNSUPPORTED
 * when `request` is not 0, else it is ignored.
 */
export interface UnknownFrame {
  /** Field number in the oneof. */
  readonly field: number;
}
