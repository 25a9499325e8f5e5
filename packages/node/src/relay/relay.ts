import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { MAX_DEVICE, RefusalCode, type SendFrame } from '@sotto/protocol/wire';
import type { Outlets } from '../delivery/outlet.ts';
import type { Link } from '../links/link.ts';
import type { Limits } from '../limits.ts';
import { describeError, type Log } from '../log.ts';
import { countIn, type LiveDrop, type NodeMetrics } from '../node-metrics.ts';
import { PeerError } from '../ring/peer-error.ts';
import type { Access } from '../store/relay-store.ts';
import type { Wake } from '../wake/wake.ts';
import type { AccessCache } from './access-cache.ts';
import { Recipient } from './recipient.ts';
import { capabilityHolds, passageOf, type Passage } from './authorise.ts';

/** Where an envelope goes that may be delivered: the group commit, or a live node's recipients. */
export interface Destination {
  /** Takes nothing more for now. */
  readonly full: boolean;
  /** Takes few more of each link. */
  readonly crowded: boolean;
  /** Has a place in the link's window, to be given back with link.end(frame.body.length). */
  accept(link: Link, request: number, frame: SendFrame, passage: Passage, deviceKey: string): void;
}

export interface RelayParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly access: AccessCache;
  readonly outlets: Outlets;
  readonly destination: Destination;
  /** Takes a live envelope for a device that is not attached here. @returns false when there is nobody to take it */
  readonly passLive: (frame: SendFrame) => boolean;
  readonly wake: Pick<Wake, 'live'> | null;
  /** Nobody is linked without the pre-shared key: every guest may reach every other live. */
  readonly isRoom: boolean;
  /** The refusal when nobody of that key has keys here. */
  readonly absentCode: RefusalCode;
  /** Spreads retries. @returns ms between base and twice that */
  readonly spread: (baseMs: number) => number;
}

const BUSY_MS = 100;
/** Of one link, when much waits for the disk: whoever has more under way is not the one to be served first (OPS-64). */
const CROWDED_FRAMES = 4;
/** Of the tokens for rare frames, for an account that must be looked up: with a full window, all of them. */
const UNKNOWN_COST = 2;

/** One link asked for too many accounts that nobody has. */
class TooManyLooks extends Error {}

/** What happens to a Send until it is on its way: shape, window, permission (NODE-10, NODE-11). */
export class Relay {
  readonly #parts: RelayParts;
  readonly #bodySizes: ReadonlySet<number>;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#bodySizes = new Set(parts.limits.bodySizes);
  }

  send(link: Link, request: number, frame: SendFrame): void {
    const { clock, metrics, access, destination, spread } = this.#parts;
    metrics.sends += 1;
    const nowMs = clock.now();
    if (!this.#wellFormed(frame, nowMs)) {
      link.refuse(request, RefusalCode.BAD_ENVELOPE);
    } else if (frame.live) {
      this.#sendLive(link, request, frame, nowMs);
    } else if (destination.full || !link.begin(frame.body.length, destination.crowded ? CROWDED_FRAMES : Infinity)) {
      link.refuseBusy(request, spread(BUSY_MS));
    } else {
      const recipient = recipientOf(link, frame);
      const known = access.peek(recipient.accountKey);
      if (known !== undefined) return this.#pass(link, request, frame, known, recipient);
      this.#look(
        link,
        frame.mailbox,
        (loaded) => this.#pass(link, request, frame, loaded, recipient),
        (error) => {
          link.end(frame.body.length);
          this.#failed(link, request, error);
        },
      );
    }
  }

  #wellFormed(frame: SendFrame, nowMs: number): boolean {
    const { expires, device, body } = frame;
    const nowSeconds = nowMs / 1000;
    return (
      this.#bodySizes.has(body.length) &&
      expires > nowSeconds &&
      expires <= nowSeconds + this.#parts.limits.maxExpirySeconds &&
      device >= 1 &&
      device <= MAX_DEVICE
    );
  }

  #pass(link: Link, request: number, frame: SendFrame, access: Access | null, recipient: Recipient): void {
    const { primitives, clock, destination, absentCode } = this.#parts;
    let passage: Passage | null = null;
    let refusal = access === null ? absentCode : RefusalCode.NO_DEVICE;
    if (access !== null && access.devices.includes(frame.device)) {
      passage = passageOf(primitives, access, frame, clock.now(), recipient);
      refusal = RefusalCode.NOT_ALLOWED;
    }
    if (passage === null) {
      link.end(frame.body.length);
      link.refuse(request, refusal);
    } else {
      destination.accept(link, request, frame, passage, recipient.deviceKey);
    }
  }

  /** Straight to the attached device, for contacts and fellow guests only; never written, and gone when nobody is there (NODE-15). */
  #sendLive(link: Link, request: number, frame: SendFrame, nowMs: number): void {
    if (!link.takeLive(nowMs)) {
      countIn(this.#parts.metrics.liveDropped, 'rate');
      if (request !== 0) link.refuseBusy(request, this.#parts.spread(BUSY_MS));
      return;
    }
    const recipient = recipientOf(link, frame);
    const known = this.#parts.access.peek(recipient.accountKey);
    if (known !== undefined) return this.#passLive(link, request, frame, known, recipient);
    this.#look(
      link,
      frame.mailbox,
      (loaded) => this.#passLive(link, request, frame, loaded, recipient),
      (error) => this.#failed(link, request, error),
    );
  }

  /**
   * Looks an account up, at other nodes perhaps. Only for accounts that somebody has is that free of charge: else anybody
   * could keep several nodes busy with numbers.
   */
  #look(link: Link, mailbox: Uint8Array, use: (access: Access | null) => void, fail: (error: unknown) => void): void {
    if (!link.takeCold(UNKNOWN_COST)) return fail(new TooManyLooks());
    this.#parts.access.with(
      mailbox,
      (access) => {
        if (access !== null) link.giveCold(UNKNOWN_COST);
        use(access);
      },
      fail,
    );
  }

  #passLive(link: Link, request: number, frame: SendFrame, access: Access | null, sentTo: Recipient): void {
    const { primitives, clock, metrics, outlets, isRoom } = this.#parts;
    const allowed =
      access !== null &&
      access.devices.includes(frame.device) &&
      (frame.capability.length === 0
        ? isRoom
        : capabilityHolds(primitives, access, frame.capability, clock.now(), sentTo));
    if (!allowed) {
      this.#dropLive(link, request, 'not-allowed', RefusalCode.NOT_ALLOWED);
      return;
    }
    const recipient = outlets.get(sentTo.deviceKey);
    if (recipient === undefined) {
      this.#passLiveOn(link, request, frame);
    } else if (recipient.link.slow) {
      this.#dropLive(link, request, 'slow-reader', RefusalCode.BUSY);
    } else {
      recipient.link.send(0, { case: 'deliver', value: { expires: frame.expires, body: frame.body, live: true } });
      metrics.liveRelayed += 1;
      if (request !== 0) link.send(request, { case: 'done', value: {} });
    }
  }

  /** The device is not attached here: at another edge, or another home, it may be. */
  #passLiveOn(link: Link, request: number, frame: SendFrame): void {
    const { wake, passLive } = this.#parts;
    const passed = (is: boolean): void => {
      if (!is) this.#dropLive(link, request, 'not-attached', RefusalCode.NOT_ATTACHED);
      else if (request !== 0) link.send(request, { case: 'done', value: {} });
    };
    if (wake === null) passed(passLive(frame));
    else void wake.live(frame, frame).then((is) => passed(is || passLive(frame)));
  }

  #dropLive(link: Link, request: number, drop: LiveDrop, code: RefusalCode): void {
    countIn(this.#parts.metrics.liveDropped, drop);
    if (request !== 0) link.refuse(request, code, code === RefusalCode.BUSY ? this.#parts.spread(BUSY_MS) : 0);
  }

  #failed(link: Link, request: number, error: unknown): void {
    const retryMs = this.#parts.spread(1000);
    if (error instanceof TooManyLooks) return link.refuseBusy(request, retryMs);
    // That other homes are out of reach is no fault of this node.
    if (error instanceof PeerError) this.#parts.log.warn('access-failed', describeError(error));
    else this.#parts.log.error('access-failed', describeError(error));
    link.refuse(request, RefusalCode.BUSY, retryMs);
  }
}

function recipientOf(link: Link, { mailbox, device }: SendFrame): Recipient {
  let recipient = link.recipient;
  if (recipient === null || !recipient.is(mailbox, device)) {
    recipient = new Recipient(mailbox, device);
    link.recipient = recipient;
  }
  return recipient;
}
