import { ENVELOPE_SIZES } from '@sotto/protocol/wire';

/** What one client, one address or everybody together may ask of a node. Durations in ms, sizes in bytes. */
export interface Limits {
  /** From the accepted socket to the finished handshake. */
  readonly handshakeMs: number;
  readonly handshakeMessageBytes: number;
  /** Unfinished handshakes of one remote address, and of all. */
  readonly halfOpenPerAddress: number;
  readonly halfOpen: number;
  /** Steps of handshakes in one turn of the event loop: each costs more than any frame of a link. */
  readonly handshakeStepsPerTurn: number;
  readonly links: number;
  /** A link on which nothing came for so long is closed; attached devices only while something waits for their acknowledgement. */
  readonly idleMs: number;
  readonly attachedIdleMs: number;
  /** Requests of one link not yet answered (network.md rule 5). */
  readonly windowFrames: number;
  readonly windowBytes: number;
  /** Frames over the window that one link may send before it is closed, and how many are forgiven each second. */
  readonly abuseBurst: number;
  readonly abusePerSecond: number;
  /** After so many of them nothing is read from the link for a while, each time one more comes. */
  readonly restAfterRefusals: number;
  readonly restMs: number;
  /** Everything but Send and Acknowledge, per link; each signature in it counts once more. */
  readonly coldBurst: number;
  readonly coldPerSecond: number;
  /** Sends waiting for the disk, of all links. */
  readonly pendingSends: number;
  readonly pendingBytes: number;
  /** Envelopes in one commit. */
  readonly commitItems: number;
  /** Envelopes pushed to one device and not yet acknowledged. */
  readonly deliveryFrames: number;
  readonly deliveryBytes: number;
  /** Written to a socket but not taken by the network: above the first, pushing and reading pause until below the second. */
  readonly highWaterBytes: number;
  readonly lowWaterBytes: number;
  /** A paused reader that takes nothing for so long is closed. */
  readonly slowReaderMs: number;
  /** Live-only envelopes of one sending link. */
  readonly liveBurst: number;
  readonly livePerSecond: number;
  /** FetchBundles for one mailbox. */
  readonly fetchBurst: number;
  readonly fetchPerSecond: number;
  /** One-time prekeys handed out of one mailbox. */
  readonly oneTimeBurst: number;
  readonly oneTimePerSecond: number;
  /** Lengths a body may have. */
  readonly bodySizes: readonly number[];
  readonly maxExpirySeconds: number;
  /** Device is told to refill below these. */
  readonly lowOneTime: number;
  readonly lowOneTimeKyber: number;
  /** Accounts whose access is kept in memory. */
  readonly accessCacheEntries: number;
  /** How often expired envelopes are removed. */
  readonly expireEveryMs: number;
  /** Requests to and from one other node that are not yet answered, and what may wait for its turn. */
  readonly peerWindowFrames: number;
  readonly peerWindowBytes: number;
  readonly peerQueueBytes: number;
  /** What one other node may say without being asked. */
  readonly peerBurstBytes: number;
  readonly peerBytesPerSecond: number;
  /** Bodies kept for homes at the word of all nodes that one operator answers for: at one time, and taken in a day. */
  readonly custodyBytes: number;
  readonly custodyBytesPerDay: number;
  /** Tunnels of one link, of all links from one remote address, and of all. */
  readonly tunnelsPerLink: number;
  readonly tunnelsPerAddress: number;
  readonly tunnels: number;
  /** One through which nothing went for so long is closed. */
  readonly tunnelIdleMs: number;
  /** How often an edge asks the store what other edges may have stored for its devices. */
  readonly recheckMs: number;
  /** Closing tells clients to come back after this, or up to twice that. */
  readonly closingRetryMs: number;
  /** Where there are other edges: clients come back within this time, or longer when there are many. */
  readonly closingSpreadMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  handshakeMs: 10_000,
  handshakeMessageBytes: 4096,
  halfOpenPerAddress: 128,
  halfOpen: 2048,
  handshakeStepsPerTurn: 8,
  links: 100_000,
  idleMs: 600_000,
  attachedIdleMs: 60_000,
  windowFrames: 64,
  windowBytes: 1 << 20,
  abuseBurst: 512,
  abusePerSecond: 50,
  restAfterRefusals: 64,
  restMs: 1000,
  coldBurst: 128,
  coldPerSecond: 20,
  pendingSends: 32_768,
  pendingBytes: 64 << 20,
  commitItems: 512,
  deliveryFrames: 64,
  deliveryBytes: 1 << 20,
  highWaterBytes: 1 << 20,
  lowWaterBytes: 1 << 18,
  slowReaderMs: 30_000,
  liveBurst: 400,
  livePerSecond: 200,
  fetchBurst: 60,
  fetchPerSecond: 2,
  oneTimeBurst: 40,
  oneTimePerSecond: 0.1,
  bodySizes: ENVELOPE_SIZES,
  maxExpirySeconds: 30 * 86_400,
  lowOneTime: 20,
  lowOneTimeKyber: 5,
  accessCacheEntries: 10_000,
  expireEveryMs: 60_000,
  peerWindowFrames: 256,
  peerWindowBytes: 8 << 20,
  peerQueueBytes: 32 << 20,
  peerBurstBytes: 16 << 20,
  peerBytesPerSecond: 4 << 20,
  custodyBytes: 2 ** 30,
  custodyBytesPerDay: 2 ** 31,
  tunnelsPerLink: 8,
  tunnelsPerAddress: 32,
  tunnels: 1000,
  tunnelIdleMs: 120_000,
  recheckMs: 30_000,
  closingRetryMs: 1000,
  closingSpreadMs: 4000,
};
