import type { Primitives, Random } from '@sotto/protocol/crypto';
import { CLOSE, type Clock, type LinkChannel, LinkError, LinkInitiator, type Socket } from '@sotto/protocol/link';
import { nodeOf, type NodeKey } from '@sotto/protocol/ring';
import type { Suite } from '@sotto/protocol/noise';
import type { Frame } from '@sotto/protocol/wire';
import type { Link } from '../links/link.ts';
import type { Log } from '../log.ts';
import type { NodeIdentity } from '../node-identity.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import { CutOff } from './cut-off.ts';
import { dialLink } from './dial-link.ts';
import type { PeerDialer } from './peer-dialer.ts';
import type { PeerEnd } from './peer-end.ts';
import type { PeerFrames, PeerRates } from './peer-frames.ts';
import { PeerLink, type PeerLinkHost } from './peer-link.ts';

export interface PeerLinksParts {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly clock: Clock;
  readonly limits: PeerRates;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  readonly psk: Uint8Array | null;
  readonly self: NodeKey;
  readonly dialer: PeerDialer | null;
  readonly frames: PeerFrames;
  /** Encoded: what this node shows when it calls. */
  readonly descriptor: () => Uint8Array;
  /** Where a node can be reached, best first; empty: nobody knows it. */
  readonly urlsOf: (key: NodeKey) => readonly string[];
  /** Makes a link of a finished handshake; `setUp` runs before anything is received. */
  readonly openLink: (socket: Socket, channel: LinkChannel, setUp: (link: Link) => void) => void;
  /** A link to this node opened or ended. */
  readonly onChange: (peer: PeerLink) => void;
}

interface Attempt {
  failures: number;
  nextTryMs: number;
  /** Gives up what is under way; null: nothing is. */
  cancel: (() => void) | null;
}

const DIAL_MS = 5000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;
const WATCH_MS = 20_000;
const PING_AFTER_MS = 25_000;
const DEAD_AFTER_MS = 60_000;
const GREETING_MS = 5000;

/** All other nodes this one knows, and the links to them (RING-41, RING-42). */
export class PeerLinks implements PeerLinkHost {
  readonly clock: Clock;
  readonly limits: PeerRates;
  readonly self: NodeKey;
  readonly cutOff: CutOff;
  readonly #parts: PeerLinksParts;
  readonly #peers = new Map<NodeKey, PeerLink>();
  readonly #attempts = new Map<NodeKey, Attempt>();
  readonly #ends = new Set<PeerEnd>();
  #cancelWatch: (() => void) | null = null;
  #stopped = false;

  constructor(parts: PeerLinksParts) {
    this.#parts = parts;
    this.clock = parts.clock;
    this.limits = parts.limits;
    this.self = parts.self;
    this.cutOff = new CutOff(parts.clock);
  }

  get(key: NodeKey): PeerLink {
    let peer = this.#peers.get(key);
    if (peer === undefined) this.#peers.set(key, (peer = new PeerLink(this, key)));
    return peer;
  }

  /** Those to which a link is open. */
  up(): PeerLink[] {
    return [...this.#peers.values()].filter((peer) => peer.up);
  }

  /** Lets go of nodes that are not known any more: over weeks many come and go. */
  forget(isKnown: (key: NodeKey) => boolean): void {
    for (const [key, peer] of this.#peers) if (!isKnown(key) && peer.idle) this.#peers.delete(key);
    for (const [key, { cancel }] of this.#attempts) if (!isKnown(key) && cancel === null) this.#attempts.delete(key);
    this.cutOff.forget();
  }

  /** Of how many nodes something is remembered here. */
  get remembered(): number {
    return new Set([...this.#peers.keys(), ...this.#attempts.keys()]).size;
  }

  /** Another node called, and its descriptor is that of a member. */
  accepted(link: Link, key: NodeKey): void {
    if (this.#stopped || key === this.self || this.cutOff.has(key)) return link.close(CLOSE.notAllowed);
    this.#begin(link, key, false);
  }

  frame(link: Link, end: PeerEnd, frame: Frame): void {
    this.#parts.frames.handle(link, end, frame);
  }

  closed(end: PeerEnd): void {
    this.#ends.delete(end);
    this.#parts.metrics.peerLinks -= 1;
    const { peer } = end;
    if (peer.lost(end) || peer.up || !end.dialed) return;
    // The other side took the handshake and not the link.
    this.#failed(peer, this.#attemptOf(peer.key));
  }

  wanted(peer: PeerLink): boolean {
    const attempt = this.#attemptOf(peer.key);
    // Whoever asks first after a failure finds out whether it is back; nobody else waits for that.
    if (attempt.cancel !== null) return attempt.failures === 0;
    const nowMs = this.clock.now();
    if (this.#stopped || peer.key === this.self || this.#parts.dialer === null) return false;
    if (nowMs < attempt.nextTryMs || this.cutOff.has(peer.key)) return false;
    const urls = this.#parts.urlsOf(peer.key);
    if (urls.length === 0) return false;
    this.#dial(peer, attempt, urls);
    return true;
  }

  changed(peer: PeerLink): void {
    if (peer.up) {
      const attempt = this.#attemptOf(peer.key);
      attempt.failures = 0;
      attempt.nextTryMs = 0;
    }
    this.#parts.onChange(peer);
  }

  misbehaved(peer: PeerLink, reason: string): void {
    const forMs = this.cutOff.add(peer.key);
    this.#parts.metrics.peersCutOff += 1;
    this.#parts.log.warn('peer-cut-off', { node: peer.key, reason, seconds: Math.round(forMs / 1000) });
    this.#attempts.get(peer.key)?.cancel?.();
    peer.end?.link.close(CLOSE.notAllowed);
    peer.failed();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelWatch?.();
    for (const attempt of this.#attempts.values()) attempt.cancel?.();
    for (const peer of this.#peers.values()) peer.stop();
  }

  #begin(link: Link, key: NodeKey, dialed: boolean): void {
    const end: PeerEnd = { peer: this.get(key), dialed, link, boot: null, answering: 0, answeringBytes: 0 };
    link.peer = end;
    this.#ends.add(end);
    this.#parts.metrics.peerLinks += 1;
    this.#parts.frames.greet(link);
    this.#watch();
  }

  #dial(peer: PeerLink, attempt: Attempt, urls: readonly string[]): void {
    const { dialer, openLink } = this.#parts;
    const [url, ...others] = urls;
    const failed = (error: unknown): void => {
      attempt.cancel = null;
      // A node that proved to be another one than the view says will not be the right one on the next try either.
      if (error instanceof LinkError) attempt.failures = Math.max(attempt.failures, 4);
      if (others.length > 0 && !this.#stopped) return this.#dial(peer, attempt, others);
      this.#failed(peer, attempt);
    };
    const suite: Suite = { pattern: this.#parts.psk === null ? 'XX' : 'XXpsk2', cipher: 'ChaChaPoly' };
    attempt.cancel = dialLink(
      {
        dialer: dialer!,
        clock: this.clock,
        url: url!,
        suite,
        initiator: () => this.#initiator(peer, suite),
        timeoutMs: DIAL_MS,
      },
      {
        onLink: (socket, channel) => {
          attempt.cancel = null;
          openLink(socket, channel, (link) => this.#begin(link, peer.key, true));
        },
        onFailure: failed,
      },
    );
  }

  #failed(peer: PeerLink, attempt: Attempt): void {
    attempt.failures += 1;
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (attempt.failures - 1), LONGEST_RETRY_MS);
    attempt.nextTryMs = this.clock.now() + delayMs;
    peer.failed();
  }

  #initiator(peer: PeerLink, suite: Suite): LinkInitiator {
    const { primitives, random, identity, psk, descriptor } = this.#parts;
    return new LinkInitiator({
      primitives,
      random,
      suite,
      network: identity.network,
      nodeId: nodeOf(peer.key),
      // Whether it is a member now is the view's matter.
      nowMs: null,
      psk,
      identity: { linkSecret: identity.linkSecret, descriptor: descriptor() },
    });
  }

  #attemptOf(key: NodeKey): Attempt {
    let attempt = this.#attempts.get(key);
    if (attempt === undefined) this.#attempts.set(key, (attempt = { failures: 0, nextTryMs: 0, cancel: null }));
    return attempt;
  }

  /** Pings links that are silent, and closes dead ones. */
  #watch(): void {
    this.#cancelWatch ??= this.clock.after(WATCH_MS, () => {
      this.#cancelWatch = null;
      const nowMs = this.clock.now();
      for (const { link, boot } of this.#ends) {
        const silentMs = nowMs - link.lastHeardMs;
        if (silentMs > DEAD_AFTER_MS || (boot === null && silentMs > GREETING_MS)) link.close(CLOSE.timeOut);
        else if (silentMs > PING_AFTER_MS) link.send(0, { case: 'ping', value: {} });
      }
      if (this.#ends.size > 0) this.#watch();
    });
  }
}
