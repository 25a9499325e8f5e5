import type { NoiseCipher } from '@sotto/protocol/noise';
import type { Announcement, Attached, DeliverFrame, FrameBody, KeyCounts, Presence } from '@sotto/protocol/wire';
import type { Clock, Dialer, Primitives, Random } from '../ports.ts';
import type { ConnectionError } from './connection-error.ts';

/** A node and how to reach it: what an invite, a contact or this profile knows of it. */
export interface NodeRoute {
  /** Network id, 32 B. */
  readonly network: Uint8Array;
  /** Node id, 32 B: pinned, no other node is accepted. */
  readonly node: Uint8Array;
  /** ws:// or wss:// addresses of this node, tried in turn. */
  readonly urls: readonly string[];
  /** Pre-shared key of a private room, 32 B. */
  readonly psk: Uint8Array | null;
}

export interface RequestOptions {
  /**
   * From the call to the answer, waiting for a link that is being opened and for the window included. Default 30 s.
   * Between two attempts to connect nothing waits: the call fails at once with what went wrong.
   */
  readonly timeoutMs?: number;
  /** For a question that may have several answers (RING-70). */
  readonly more?: MoreAnswers;
}

/**
 * Called with each answer that is no refusal, as it comes. @returns ms to wait for another one, within the time-out;
 * 0: it was the last. The call resolves with the last answer there was.
 */
export type MoreAnswers = (answer: FrameBody) => number;

/** What one may ask of a node over a link. */
export interface NodeRequests {
  /**
   * Sends a frame and waits for its answer. The answer to a `send` is `stored` with exactly one item, or `delivered`.
   * @throws ConnectionError; a refusal of the node is `refused` with `refusal` and `retryMs`.
   */
  request(body: FrameBody, options?: RequestOptions): Promise<FrameBody>;
  /** Sends a frame that wants no answer. @returns false when it was dropped: no link, or the socket is full. */
  post(body: FrameBody): boolean;
}

/**
 * The state of a connection that is kept.
 * - `connecting`: under way, or asleep until `retryAt` with `error` as the reason for the last failure
 * - `online`: attached
 * - `stopped`: not trying: not started, closed, or it would not help (`error`); reconnectNow() tries again
 */
export interface ConnectionState {
  readonly state: 'connecting' | 'online' | 'stopped';
  readonly error: ConnectionError | null;
  /** When the next attempt starts (ms since 1970); null when one is under way or none is planned. */
  readonly retryAt: number | null;
}

/** Called as things happen, in order. onState is called from inside start(), stop() and reconnectNow() too. */
interface HomeEvents {
  onState(state: ConnectionState): void;
  /** The link is up and attached; what the node told about this device. Comes before the first onDeliver of this link. */
  onAttached(attached: Attached): void;
  /** An envelope. It comes again on the next link until its id was acknowledged. */
  onDeliver(deliver: DeliverFrame): void;
  onKeyCounts(counts: KeyCounts): void;
  onPresence(presence: Presence): void;
  /** Not yet verified. */
  onAnnouncement(announcement: Announcement): void;
}

/** Where the descriptors (encoded NodeDescriptor) of nodes are kept between connections. */
export interface DescriptorCache {
  load(node: Uint8Array): Uint8Array | null;
  /** Verified by the caller of save: signature, node id, validity. */
  save(node: Uint8Array, descriptor: Uint8Array): void;
}

export interface ConnectionPlatform {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly primitives: Primitives;
  readonly random: Random;
}

export interface HomeConnectionOptions {
  readonly platform: ConnectionPlatform;
  /** Homes of this account, best rank first; asked at each attempt. */
  readonly routes: () => readonly NodeRoute[];
  /** Id of the home used last, which is tried first; null or absent: all at once. */
  readonly lastUsed?: Uint8Array | null;
  /** Null: ChaChaPoly, or AESGCM with a pre-shared key. */
  readonly cipher: NoiseCipher | null;
  readonly identity: {
    /** X25519, 32 B. */
    readonly linkSecret: Uint8Array;
    /** Encoded DeviceCertificate. */
    readonly certificate: Uint8Array;
  };
  /** Asked at each attach. @param capabilities of the node, by its descriptor: who is told the name */
  readonly attach: (capabilities: readonly string[]) => { name: string; listed: boolean };
  readonly events: HomeEvents;
}

export interface AnonymousLinksOptions {
  readonly platform: ConnectionPlatform;
  /** Null: ChaChaPoly, or AESGCM with a pre-shared key. */
  readonly cipher: NoiseCipher | null;
  readonly descriptors: DescriptorCache;
  /** The link key of a node, 32 B, where it is known from a verified descriptor already; else its descriptor is asked for. */
  readonly linkKeyOf?: (node: Uint8Array) => Uint8Array | null;
  /** A link without a request for so long is closed. Default 60 s. */
  readonly idleMs?: number;
}
