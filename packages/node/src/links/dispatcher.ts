import { CLOSE } from '@sotto/protocol/link';
import { type Frame, type KeyUpload, RefusalCode, type SendFrame } from '@sotto/protocol/wire';
import type { Attacher } from '../delivery/attacher.ts';
import type { BundleDesk } from '../directory/bundle-desk.ts';
import type { KeyDirectory } from '../directory/key-directory.ts';
import type { Relay } from '../relay/relay.ts';
import type { AckDesk } from '../ring/keep/ack-desk.ts';
import type { RingRuntime } from '../ring/ring-runtime.ts';
import type { TunnelDesk } from '../ring/tunnel-desk.ts';
import type { Guests } from '../room/guests.ts';
import type { StageTimes } from '../stages/stage-times.ts';
import { FRAME_RULES } from './frame-rules.ts';
import type { Link } from './link.ts';

export interface DispatcherParts {
  readonly relay: Relay;
  /** Where the few go whose stages are timed. */
  readonly tracedRelay: Relay;
  readonly stages: StageTimes;
  readonly attacher: Attacher;
  readonly directory: KeyDirectory;
  readonly desk: BundleDesk;
  readonly ring: RingRuntime;
  readonly tunnels: TunnelDesk;
  /** Acknowledgements for all homes; null on a live node. */
  readonly acks: AckDesk | null;
  /** Live nodes and private rooms; null elsewhere. */
  readonly guests: Guests | null;
  readonly spread: (baseMs: number) => number;
}

const BUSY_MS = 500;
const GOING_AWAY_MS = 1000;

/** Brings each frame to the part that answers it (NODE-3, NODE-4). */
export class Dispatcher {
  /** The node goes away: nothing new is begun, acknowledgements are still taken. */
  draining = false;
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  handle(link: Link, frame: Frame): void {
    if (link.peer !== null) return this.#parts.ring.frame(link, link.peer, frame);
    const { request, body } = frame;
    const rule = FRAME_RULES[body.case];
    if (rule === 'node-only') return link.close(CLOSE.malformed);
    if (rule === 'peer') return link.refuse(request, RefusalCode.NOT_ALLOWED);
    if (rule === 'unknown') return this.#unsupported(link, request);
    if (rule !== 'both' && rule !== (link.owner === null ? 'anonymous' : 'certified')) {
      return link.refuse(request, RefusalCode.NOT_ALLOWED);
    }
    if (this.draining && body.case !== 'acknowledge') {
      return link.refuse(request, RefusalCode.BUSY, this.#parts.spread(GOING_AWAY_MS));
    }
    const { relay, stages, attacher, directory, desk, guests, ring, tunnels } = this.#parts;
    switch (body.case) {
      case 'send':
        if (--stages.countdown === 0) this.#sendTraced(link, request, body.value);
        else relay.send(link, request, body.value);
        break;
      case 'acknowledge':
        this.#acknowledge(link, request, body.value.ids);
        break;
      case 'attach':
        if (this.#within(link, request, 1)) attacher.attach(link, request, body.value);
        break;
      case 'publishKeys':
        if (this.#within(link, request, signaturesIn(body.value))) directory.publishKeys(link, request, body.value);
        break;
      case 'setAccess':
        if (this.#within(link, request, 1)) directory.setAccess(link, request, body.value);
        break;
      case 'fetchBundles':
        if (!this.#within(link, request, 1)) break;
        if (link.begin(0)) desk.fetch(link, request, body.value);
        else link.refuseBusy(request, this.#parts.spread(BUSY_MS));
        break;
      case 'find':
        if (guests === null) this.#unsupported(link, request);
        else if (this.#within(link, request, 1)) {
          link.send(request, { case: 'found', value: guests.find(body.value.token) });
        }
        break;
      case 'compareState':
        if (this.#within(link, request, 1)) directory.compareState(link, request, body.value);
        break;
      case 'fetchView':
        if (this.#within(link, request, 1)) ring.viewDesk.fetch(link, request, body.value);
        break;
      case 'tunnelOpen':
        if (this.#within(link, request, 4)) tunnels.open(link, request, body.value);
        break;
      case 'tunnelData':
        tunnels.data(link, body.value);
        break;
      case 'tunnelClose':
        tunnels.close(link, body.value);
        break;
      case 'join':
        if (this.#within(link, request, 8)) ring.joinDesk.join(link, request, body.value);
        break;
      case 'spreadAcks':
        if (this.#parts.acks === null) this.#unsupported(link, request);
        else if (this.#within(link, request, 2)) this.#parts.acks.fromDevice(link, request, body.value);
        break;
      case 'ping':
        if (this.#within(link, request, 1)) link.send(request, { case: 'pong', value: {} });
        break;
      default:
        // A pong says only that somebody is there, and link.lastHeardMs knows that already.
        break;
    }
  }

  #sendTraced(link: Link, request: number, frame: SendFrame): void {
    const { stages, tracedRelay } = this.#parts;
    stages.begin(frame);
    tracedRelay.send(link, request, frame);
  }

  #acknowledge(link: Link, request: number, ids: Uint8Array): void {
    if (link.outlet === null) return link.refuse(request, RefusalCode.NOT_ALLOWED);
    if (link.begin(ids.length)) link.outlet.acknowledge(ids, request);
    else link.refuseBusy(request, this.#parts.spread(BUSY_MS));
  }

  #within(link: Link, request: number, cost: number): boolean {
    if (link.takeCold(cost)) return true;
    link.refuseBusy(request, this.#parts.spread(BUSY_MS));
    return false;
  }

  #unsupported(link: Link, request: number): void {
    if (link.takeCold(1)) link.refuse(request, RefusalCode.UNSUPPORTED);
    else link.refuseBusy(request, this.#parts.spread(BUSY_MS));
  }
}

/** What an upload costs to check. */
function signaturesIn(upload: KeyUpload): number {
  const { signedPrekey, lastResortKyber, sealKey, oneTimeKyber, deviceList } = upload;
  const lasting = [signedPrekey, lastResortKyber, sealKey].filter((key) => key !== undefined).length;
  return 1 + lasting + oneTimeKyber.length + (deviceList === undefined ? 0 : 8);
}
