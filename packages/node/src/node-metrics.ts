import type { RefusalCode } from '@sotto/protocol/wire';

/** Why a live-only envelope went nowhere. */
export type LiveDrop = 'not-attached' | 'not-allowed' | 'rate' | 'slow-reader';

/**
 * What the node counts: plain numbers, so that the hot path pays an addition. No count names a person, an
 * address or a link.
 */
export class NodeMetrics {
  linksOpen = 0;
  linksAnonymous = 0;
  linksCertified = 0;
  halfOpen = 0;
  handshakesFailed = 0;
  /** Connections hung up on before they asked for anything. */
  connectionsRefused = 0;
  attached = 0;
  /** Links closed by the node, by close code. */
  readonly closes = new Map<number, number>();
  packetsIn = 0;
  packetsOut = 0;
  framesIn = 0;
  framesOut = 0;
  bytesIn = 0;
  bytesOut = 0;
  sends = 0;
  stored = 0;
  duplicates = 0;
  commits = 0;
  pushed = 0;
  acknowledged = 0;
  /** Live-only envelopes passed on. */
  liveRelayed = 0;
  readonly liveDropped = new Map<LiveDrop, number>();
  /** Live node: acknowledged by the recipient. */
  delivered = 0;
  readonly refusals = new Map<RefusalCode, number>();
  bundlesFetched = 0;
  keysPublished = 0;
  expired = 0;
  slowReaders = 0;
  /** Envelopes that were discarded here because all their homes have them. */
  handedOver = 0;
  /** Envelopes that the disk had changed, and that were removed. */
  damaged = 0;
  /** Open links to and from other nodes. */
  peerLinks = 0;
  /** Nodes that were cut off for what they sent. */
  peersCutOff = 0;
  tunnelsOpen = 0;
  tunnels = 0;
  tunnelBytes = 0;
  announcements = 0;
  /** Traced messages, by stage and coarse duration: `store 3`. */
  readonly stages = new Map<string, number>();
  /** HTTP requests that were answered, by route and status class: `/health 2xx`. */
  readonly httpRequests = new Map<string, number>();
  /** And by route and coarse duration: `/health 0`. */
  readonly httpTimes = new Map<string, number>();
  /** HTTP requests under way, and long polls that wait among them. */
  httpUnderWay = 0;
  longPolls = 0;
  internalErrors = 0;
}

/** Adds one to a count kept by name. */
export function countIn<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
