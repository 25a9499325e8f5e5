import { CLOSE } from '@sotto/protocol/link';
import {
  create,
  type Frame,
  type Peer,
  type PeerHello,
  PeerHelloSchema,
  RefusalCode,
  type RefusalFrame,
} from '@sotto/protocol/wire';
import type { Link } from '../links/link.ts';
import { TokenBucket } from '../links/token-bucket.ts';
import type { Clock } from '@sotto/protocol/link';
import { type PeerBody, peerFrame, weightOf } from './peer-body.ts';
import type { PeerEnd } from './peer-end.ts';
import type { PeerHandlers, PeerReply } from './peer-handlers.ts';
import type { PeerLink } from './peer-link.ts';
import type { PeerWindow } from './peer-requests.ts';

/** Versions of the ring protocol spoken here. */
const VERSION = 1;

export interface PeerRates extends PeerWindow {
  /** What one node may say without being asked. */
  readonly peerBurstBytes: number;
  readonly peerBytesPerSecond: number;
}

export interface PeerFramesParts {
  readonly clock: Clock;
  readonly limits: PeerRates;
  readonly handlers: PeerHandlers;
  /** 8 B, drawn at this start. */
  readonly boot: () => Uint8Array;
  readonly spread: (baseMs: number) => number;
  /** Frames that nodes share with clients and that have a handler elsewhere. @returns whether it was taken */
  readonly onShared: (link: Link, frame: Frame) => boolean;
}

const BUSY_MS = 500;
/** What a signature costs beside its frame; more than so many are dropped, and their devices say it again (RING-68). */
const SHARED_WEIGHT = 2048;
const GOING_AWAY_MS = 1000;

/** What comes from other nodes: greetings, questions and answers, each within its limits (RING-41, RING-47). */
export class PeerFrames {
  /** The node goes away: nothing new is begun, answers are still taken. */
  draining = false;
  readonly #parts: PeerFramesParts;
  // Of the node, not of its link: another link is made in a moment.
  readonly #rates = new WeakMap<PeerLink, TokenBucket>();
  readonly #sharedRates = new WeakMap<PeerLink, TokenBucket>();

  constructor(parts: PeerFramesParts) {
    this.#parts = parts;
  }

  greet(link: Link): void {
    const hello = create(PeerHelloSchema, {
      lowestVersion: VERSION,
      highestVersion: VERSION,
      boot: this.#parts.boot(),
    });
    link.send(0, peerFrame({ case: 'hello', value: hello }));
  }

  handle(link: Link, end: PeerEnd, frame: Frame): void {
    const { request, body } = frame;
    switch (body.case) {
      case 'peer':
        return this.#peer(link, end, request, body.value.body);
      case 'refusal':
        return this.#refused(end, request, body.value);
      case 'ping':
        return link.send(request, { case: 'pong', value: {} });
      case 'pong':
      case 'closing':
      case 'done':
        return;
      case 'unknown':
        return link.refuse(request, RefusalCode.UNSUPPORTED);
      default:
        if (end.boot !== null && !this.#withinRate(this.#sharedRates, end, sharedWeightOf(body))) return;
        if (end.boot === null || !this.#parts.onShared(link, frame)) link.refuse(request, RefusalCode.UNSUPPORTED);
    }
  }

  #peer(link: Link, end: PeerEnd, request: number, body: Peer['body']): void {
    if (body.case === 'hello') return this.#greeted(link, end, body.value);
    if (end.boot === null) return link.close(CLOSE.malformed);
    if (request !== 0 && isOurs(request, end)) {
      if (body.case !== undefined) end.peer.answered(request, body);
      return;
    }
    if (body.case === undefined) return link.refuse(request, RefusalCode.UNSUPPORTED);
    const weight = weightOf(body);
    if (request === 0) {
      if (!this.#withinRate(this.#rates, end, weight)) return end.peer.misbehaved('rate');
      this.#parts.handlers.handle(end.peer, body, NO_REPLY);
      return;
    }
    if (this.draining) return link.refuse(request, RefusalCode.BUSY, this.#parts.spread(GOING_AWAY_MS));
    const { peerWindowFrames, peerWindowBytes } = this.#parts.limits;
    const full =
      end.answering >= peerWindowFrames || (end.answering > 0 && end.answeringBytes + weight > peerWindowBytes);
    if (full) return link.refuseBusy(request, this.#parts.spread(BUSY_MS));
    end.answering += 1;
    end.answeringBytes += weight;
    const reply = replyOn(link, end, request, weight);
    if (!this.#parts.handlers.handle(end.peer, body, reply)) reply.refuse(RefusalCode.UNSUPPORTED);
  }

  #greeted(link: Link, end: PeerEnd, hello: PeerHello): void {
    if (end.boot !== null) return link.close(CLOSE.malformed);
    if (hello.lowestVersion > VERSION) return link.close(CLOSE.unsupported);
    end.boot = hello.boot.slice();
    end.peer.adopt(end);
  }

  #refused(end: PeerEnd, request: number, { code, retryMs }: RefusalFrame): void {
    if (request !== 0 && isOurs(request, end)) end.peer.refused(request, code, retryMs);
  }

  #withinRate(rates: WeakMap<PeerLink, TokenBucket>, { peer }: PeerEnd, weight: number): boolean {
    const { clock, limits } = this.#parts;
    const nowMs = clock.now();
    let bucket = rates.get(peer);
    if (bucket === undefined) rates.set(peer, (bucket = new TokenBucket(limits.peerBurstBytes, nowMs)));
    return bucket.take(limits.peerBurstBytes, limits.peerBytesPerSecond, nowMs, weight);
  }
}

const sharedWeightOf = (body: Frame['body']): number =>
  SHARED_WEIGHT + (body.case === 'spreadAcks' ? body.value.ids.length : 0);

/** Whoever dialed counts in odd numbers. */
const isOurs = (request: number, end: PeerEnd): boolean => (request % 2 === 1) === end.dialed;

const NO_REPLY: PeerReply = { wanted: false, answer: () => {}, refuse: () => {} };

function replyOn(link: Link, end: PeerEnd, request: number, weight: number): PeerReply {
  let given = false;
  const once = (): boolean => {
    if (given) return false;
    given = true;
    end.answering -= 1;
    end.answeringBytes -= weight;
    return true;
  };
  return {
    wanted: true,
    answer: (body: PeerBody) => {
      if (once()) link.send(request, peerFrame(body));
    },
    refuse: (code, retryMs = 0) => {
      if (once()) link.refuse(request, code, retryMs);
    },
  };
}
