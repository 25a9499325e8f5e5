import { CLOSE, type Clock, type Close, type LinkChannel, LinkError, MESSAGE_OVERHEAD } from '@sotto/protocol/link';
import { type Frame, type FrameBody, type PacketWriter, RefusalCode, WireError } from '@sotto/protocol/wire';
import type { Limits } from '../limits.ts';
import { describeError, type Log } from '../log.ts';
import { countIn, type NodeMetrics } from '../node-metrics.ts';
import type { Outlet } from '../delivery/outlet.ts';
import type { Recipient } from '../relay/recipient.ts';
import type { PeerEnd } from '../ring/peer-end.ts';
import type { Tunnel } from '../ring/tunnel.ts';
import { CLOSE_INTERNAL, closeForError } from './close-reasons.ts';
import type { LinkOwner } from './link-owner.ts';
import type { LinkSocket } from './link-socket.ts';
import { SlowReader } from './slow-reader.ts';
import { TokenBucket } from './token-bucket.ts';
import type { Turn } from './turn.ts';

/** What all links of a node share. */
export interface LinkHost {
  readonly clock: Clock;
  readonly turn: Turn;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  /** One for all links: packets are built one after the other. */
  readonly writer: PacketWriter;
  /** May throw: the link is then closed. */
  onFrame(link: Link, frame: Frame): void;
  onClosed(link: Link): void;
}

/** Nothing. Shared, so that an idle link holds no arrays. */
const NOTHING: Frame[] = [];

/** A link whose handshake is done: frames in, frames out, and what it has under way. */
export class Link {
  /** Who is at the other end; null: an anonymous link. */
  readonly owner: LinkOwner | null;
  /** Higher than that of every link whose socket was accepted earlier. */
  readonly serial: number;
  /** Opaque key of the other side's address, for limits; never logged. */
  readonly remote: string;
  /** Set by Attach. */
  outlet: Outlet | null = null;
  /** Another node at the other end; null: a client. */
  peer: PeerEnd | null = null;
  /** By number: WebSockets to other nodes in the client's place. */
  tunnels: Map<number, Tunnel> | null = null;
  /** Of the last Send on an anonymous link. */
  recipient: Recipient | null = null;
  closed = false;
  lastHeardMs: number;
  readonly #host: LinkHost;
  readonly #socket: LinkSocket;
  readonly #channel: LinkChannel;
  #outgoing: Frame[] = NOTHING;
  /** Requests taken and not yet answered (network.md rule 5). */
  #windowFrames = 0;
  #windowBytes = 0;
  #abuse: TokenBucket | null = null;
  #cold: TokenBucket | null = null;
  #live: TokenBucket | null = null;
  #slow: SlowReader | null = null;
  #holds = 0;
  #cancelRest: (() => void) | null = null;

  constructor(
    host: LinkHost,
    socket: LinkSocket,
    channel: LinkChannel,
    owner: LinkOwner | null,
    { serial, remote }: { readonly serial: number; readonly remote: string },
  ) {
    this.#host = host;
    this.#socket = socket;
    this.#channel = channel;
    this.owner = owner;
    this.serial = serial;
    this.remote = remote;
    this.lastHeardMs = host.clock.now();
    socket.onMessage = (message) => this.#receive(message);
    socket.onClose = () => this.#ended();
  }

  /** Pushing pauses until the network took what was written. */
  get slow(): boolean {
    return this.#slow !== null;
  }

  /** Reads nothing until as many release() came: whatever is done with it cannot take more. */
  hold(): void {
    this.#holds += 1;
    if (this.#holds === 1) this.#socket.pause();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0 && !this.closed) this.#socket.resume();
  }

  /** Frames leave together at the end of the turn. Dropped when closed. */
  send(request: number, body: FrameBody): void {
    if (this.closed) return;
    if (this.#outgoing.length === 0) {
      this.#outgoing = [];
      this.#host.turn.flush(this);
    }
    this.#outgoing.push({ request, body });
  }

  /** Does nothing when no answer is wanted. */
  refuse(request: number, code: RefusalCode, retryMs = 0): void {
    countIn(this.#host.metrics.refusals, code);
    if (request !== 0) this.send(request, { case: 'refusal', value: { code, retryMs } });
  }

  /** Refuses what exceeds the window or a rate; who goes on regardless is closed. */
  refuseBusy(request: number, retryMs: number): void {
    const { limits, clock } = this.#host;
    const nowMs = clock.now();
    this.#abuse ??= new TokenBucket(limits.abuseBurst, nowMs);
    if (!this.#abuse.take(limits.abuseBurst, limits.abusePerSecond, nowMs)) return this.close(CLOSE.tooMany);
    this.refuse(request, RefusalCode.BUSY, retryMs);
    if (this.#abuse.tokens < limits.abuseBurst - limits.restAfterRefusals) this.#rest();
  }

  /** Nothing is read for a while: to refuse costs others time, too, and who goes on regardless would have all of it (OPS-64). */
  #rest(): void {
    if (this.#cancelRest !== null) return;
    this.hold();
    this.#cancelRest = this.#host.clock.after(this.#host.limits.restMs, () => {
      this.#cancelRest = null;
      this.release();
    });
  }

  /**
   * Takes a place in the request window.
   * @param mostFrames when fewer than usual may be under way @returns false when there is none
   */
  begin(bytes: number, mostFrames = Infinity): boolean {
    const { limits } = this.#host;
    if (
      this.#windowFrames >= Math.min(limits.windowFrames, mostFrames) ||
      this.#windowBytes + bytes > limits.windowBytes
    )
      return false;
    this.#windowFrames += 1;
    this.#windowBytes += bytes;
    return true;
  }

  end(bytes: number): void {
    this.#windowFrames -= 1;
    this.#windowBytes -= bytes;
  }

  /** Whether another rare frame is within the rate. @param cost signatures to verify count one each */
  takeCold(cost: number): boolean {
    const { limits, clock } = this.#host;
    const nowMs = clock.now();
    this.#cold ??= new TokenBucket(limits.coldBurst, nowMs);
    return this.#cold.take(limits.coldBurst, limits.coldPerSecond, nowMs, cost);
  }

  /** What was taken was not needed. */
  giveCold(cost: number): void {
    this.#cold?.give(cost);
  }

  takeLive(nowMs: number): boolean {
    const { limits } = this.#host;
    this.#live ??= new TokenBucket(limits.liveBurst, nowMs);
    return this.#live.take(limits.liveBurst, limits.livePerSecond, nowMs);
  }

  /** Sends what gathered in this turn: as few Noise messages as possible. */
  flush(): void {
    const frames = this.#outgoing;
    this.#outgoing = NOTHING;
    if (this.closed || frames.length === 0) return;
    const { writer, metrics, limits } = this.#host;
    try {
      for (const frame of frames) {
        if (!writer.append(frame)) {
          this.#seal(writer.take());
          writer.append(frame);
        }
      }
      this.#seal(writer.take());
    } catch (error) {
      writer.take();
      this.fail(error);
      return;
    }
    metrics.framesOut += frames.length;
    if (this.#slow === null && this.#socket.bufferedBytes > limits.highWaterBytes) this.#becomeSlow();
  }

  /** Tells the other side why, once. Frames not yet flushed go first. */
  close(reason: Close): void {
    if (this.closed) return;
    this.flush();
    if (this.closed) return;
    countIn(this.#host.metrics.closes, reason.code);
    this.#socket.close(reason.code, reason.text);
    this.#ended();
  }

  /** Closes this link alone for whatever went wrong in it (NODE-5). */
  fail(error: unknown): void {
    const reason = closeForError(error);
    if (reason === CLOSE_INTERNAL) {
      this.#host.metrics.internalErrors += 1;
      this.#host.log.error('link-failed', describeError(error));
    }
    this.#outgoing = NOTHING;
    // It came over an authentic link, so the other node itself wrote it.
    if (error instanceof LinkError && error.cause instanceof WireError) this.peer?.peer.misbehaved('malformed');
    this.close(reason);
  }

  /** Ends without a word: the process that held the other half of the socket is gone (simulation). */
  abandon(): void {
    this.closed = true;
    this.#slow?.stop();
    this.#cancelRest?.();
    this.outlet?.end();
  }

  #receive(message: Uint8Array): void {
    if (this.closed) return;
    const { metrics, clock } = this.#host;
    this.lastHeardMs = clock.now();
    metrics.packetsIn += 1;
    metrics.bytesIn += message.length;
    try {
      const length = message.length - MESSAGE_OVERHEAD;
      const out = this.#socket.givesMessages && length >= 0 ? message.subarray(0, length) : undefined;
      for (const frame of this.#channel.open(message, out)) {
        metrics.framesIn += 1;
        this.#host.onFrame(this, frame);
        if (this.closed) return;
      }
    } catch (error) {
      this.fail(error);
    }
  }

  #seal(packet: Uint8Array): void {
    if (packet.length === 0) return;
    const message = this.#channel.seal(packet, this.#socket.reserve?.(packet.length + MESSAGE_OVERHEAD));
    this.#host.metrics.packetsOut += 1;
    this.#host.metrics.bytesOut += message.length;
    this.#socket.send(message);
  }

  #becomeSlow(): void {
    this.#host.metrics.slowReaders += 1;
    const socket = this.#socket;
    const watched = {
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
      pause: () => this.hold(),
      resume: () => this.release(),
    };
    this.#slow = new SlowReader(watched, this.#host, (taken) => {
      this.#slow = null;
      if (!taken) return this.close(CLOSE.timeOut);
      this.outlet?.resume();
      for (const tunnel of this.tunnels?.values() ?? []) tunnel.resume();
    });
    for (const tunnel of this.tunnels?.values() ?? []) tunnel.pause();
  }

  #ended(): void {
    if (this.closed) return;
    this.closed = true;
    this.#outgoing = NOTHING;
    this.#channel.wipe();
    this.#slow?.stop();
    this.#slow = null;
    this.#cancelRest?.();
    this.#host.onClosed(this);
  }
}
