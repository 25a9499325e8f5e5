import { sameBytes } from '@sotto/protocol/crypto';
import { CLOSE, type Clock } from '@sotto/protocol/link';
import { nodeOf, type NodeKey } from '@sotto/protocol/ring';
import type { FrameBody } from '@sotto/protocol/wire';
import { type PeerBody, peerFrame } from './peer-body.ts';
import type { PeerEnd } from './peer-end.ts';
import { PeerError } from './peer-error.ts';
import { PeerRequests, type PeerWindow } from './peer-requests.ts';

const REQUEST_MS = 10_000;
/** While something is asked, a link on which nothing comes for so long is dead. */
const SILENCE_MS = 5000;
const SWEEP_MS = 500;

export interface PeerLinkHost {
  readonly clock: Clock;
  readonly limits: PeerWindow;
  readonly self: NodeKey;
  /** There is no link: try to get one. @returns false when that must wait or cannot be */
  wanted(peer: PeerLink): boolean;
  changed(peer: PeerLink): void;
  misbehaved(peer: PeerLink, reason: string): void;
}

/** Another node, whether a link to it is open or not. There is one object for each node as long as this one runs. */
export class PeerLink {
  readonly key: NodeKey;
  /** Node id, 32 B. */
  readonly node: Uint8Array;
  readonly #host: PeerLinkHost;
  readonly #requests: PeerRequests;
  #end: PeerEnd | null = null;
  #cancelSweep: (() => void) | null = null;

  constructor(host: PeerLinkHost, key: NodeKey) {
    this.#host = host;
    this.key = key;
    this.node = nodeOf(key);
    this.#requests = new PeerRequests(host.clock, host.limits);
  }

  get up(): boolean {
    return this.#end !== null;
  }

  /** There is no link, and nobody waits for an answer. */
  get idle(): boolean {
    return this.#end === null && this.#requests.pending === 0;
  }

  /** What the other node drew at its start, 8 B; null while no link is open. */
  get boot(): Uint8Array | null {
    return this.#end?.boot ?? null;
  }

  get end(): PeerEnd | null {
    return this.#end;
  }

  /** Opens a link if there is none. @throws PeerError, at once when the node was not reached a moment ago */
  request(body: PeerBody, timeoutMs = REQUEST_MS): Promise<PeerBody> {
    if (!this.up && !this.#host.wanted(this)) return Promise.reject(new PeerError('down'));
    const answer = this.#requests.ask(body, timeoutMs);
    this.#sweepLater();
    return answer;
  }

  /** No answer is wanted. @returns false when no link is open: it goes nowhere, but one is opened */
  post(body: PeerBody): boolean {
    return this.postFrame(peerFrame(body));
  }

  /** As post(), for frames that nodes share with clients. */
  postFrame(body: FrameBody): boolean {
    if (this.#end === null) {
      this.#host.wanted(this);
      return false;
    }
    this.#end.link.send(0, body);
    return true;
  }

  /** What it sent no honest node sends: the link ends, and none is opened for a while. @param reason a fixed word */
  misbehaved(reason: string): void {
    this.#host.misbehaved(this, reason);
  }

  /** The other side has said hello on this link. @returns whether it is the one that stays */
  adopt(end: PeerEnd): boolean {
    const old = this.#end;
    if (old !== null && !this.#prefers(end, old)) {
      // Perhaps the other side knows better, and the old one is dead.
      old.link.send(0, { case: 'ping', value: {} });
      end.link.close(CLOSE.replaced);
      return false;
    }
    this.#end = end;
    old?.link.close(CLOSE.replaced);
    this.#requests.attach((request, body) => end.link.send(request, peerFrame(body)), end.dialed ? 1 : 2);
    this.#host.changed(this);
    return true;
  }

  /** @returns whether it was the one in use */
  lost(end: PeerEnd): boolean {
    if (this.#end !== end) return false;
    this.#end = null;
    this.#requests.detach();
    this.#host.changed(this);
    // What was under way waits for the next link, if there can be one soon.
    if (this.#requests.pending > 0 && !this.#host.wanted(this)) this.failed();
    return true;
  }

  /** No link could be opened: nobody waits any longer. */
  failed(): void {
    if (this.#end === null) this.#requests.failAll(new PeerError('down'));
  }

  answered(request: number, body: PeerBody): boolean {
    return this.#requests.answer(request, body);
  }

  refused(request: number, code: number, retryMs: number): boolean {
    return this.#requests.refuse(request, code, retryMs);
  }

  stop(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = null;
    this.#end = null;
    this.#requests.failAll(new PeerError('down'));
  }

  /** A restarted node wins over what it left; else the link that the lower node id dialed (RING-41). */
  #prefers(end: PeerEnd, old: PeerEnd): boolean {
    if (old.boot === null || end.boot === null || !sameBytes(end.boot, old.boot)) return true;
    if (end.dialed === old.dialed) return true;
    return end.dialed === this.#host.self < this.key;
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#host.clock.after(SWEEP_MS, () => {
      this.#cancelSweep = null;
      this.#requests.expire();
      if (this.#requests.pending === 0) return;
      const silentSinceMs = Math.max(this.#end?.link.lastHeardMs ?? Infinity, this.#requests.oldestMs);
      if (this.#host.clock.now() - silentSinceMs > SILENCE_MS) this.#end?.link.close(CLOSE.timeOut);
      this.#sweepLater();
    });
  }
}
