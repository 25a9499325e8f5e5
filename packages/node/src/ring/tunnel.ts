import { concat } from '@sotto/protocol/crypto';
import { CLOSE, type Clock, type Socket } from '@sotto/protocol/link';
import {
  create,
  MAX_CLOSE_REASON,
  MAX_MESSAGE,
  MAX_TUNNEL_DATA,
  type TunnelData,
  TunnelCloseSchema,
  TunnelDataSchema,
} from '@sotto/protocol/wire';
import type { Limits } from '../limits.ts';
import type { Link } from '../links/link.ts';
import { SlowReader } from '../links/slow-reader.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { PeerDialer } from './peer-dialer.ts';

export interface TunnelParts {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly metrics: NodeMetrics;
  readonly dialer: PeerDialer;
}

/** Not reached (TunnelClose.code). */
export const NOT_REACHED = 0;
/** What a client may send before the other node is reached: a handshake and a little more. */
const MAX_EARLY_BYTES = 256 * 1024;
/** What each of these messages costs beside its bytes: many small ones are much, too. */
const MESSAGE_COST = 256;
/** Two are enough for the longest message. */
const MAX_PIECES = 16;

/** A WebSocket to another node in place of a client: messages go through unread, both ways (RING-50). */
export class Tunnel {
  readonly #parts: TunnelParts;
  readonly #link: Link;
  readonly #number: number;
  readonly #onEnd: () => void;
  #socket: Socket | null = null;
  #cancelDial: () => void = () => {};
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #slow: SlowReader | null = null;
  #ended = false;
  #lastUsedMs: number;
  #cancelIdle: () => void = () => {};

  /** @param onEnd once, when there is nothing more to do for it */
  constructor(parts: TunnelParts, link: Link, number: number, onEnd: () => void) {
    this.#parts = parts;
    this.#link = link;
    this.#number = number;
    this.#onEnd = onEnd;
    this.#lastUsedMs = parts.clock.now();
    this.#watchIdle(parts.limits.tunnelIdleMs);
  }

  /** @param urls of the other node, tried in turn */
  dial(urls: readonly string[], subprotocol: string, onOpen: () => void): void {
    const [url, ...others] = urls;
    if (url === undefined) return this.end(NOT_REACHED, 'not reached');
    const dialing = this.#parts.dialer.open(url, subprotocol);
    this.#cancelDial = () => dialing.cancel();
    dialing.socket.then(
      (socket) => {
        if (this.#ended) return socket.close(CLOSE.goingAway.code, '');
        this.#opened(socket);
        onOpen();
      },
      () => {
        if (!this.#ended) this.dial(others, subprotocol, onOpen);
      },
    );
  }

  /** From the client. */
  data({ data, more }: TunnelData): void {
    if (data.length > 0) this.#lastUsedMs = this.#parts.clock.now();
    this.#pieceBytes += data.length;
    // Also many small pieces: each holds the packet that it came in.
    const isTooLarge = this.#pieceBytes > MAX_MESSAGE || this.#pieces.length >= MAX_PIECES;
    if (isTooLarge) return this.end(CLOSE.tooLarge.code, CLOSE.tooLarge.text);
    this.#pieces.push(data);
    if (more) return;
    const message = this.#pieces.length === 1 ? data : concat(...this.#pieces);
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#parts.metrics.tunnelBytes += message.length;
    if (this.#socket !== null) return this.#send(this.#socket, message);
    this.#earlyBytes += message.length + MESSAGE_COST;
    if (this.#earlyBytes > MAX_EARLY_BYTES) return this.end(CLOSE.tooMany.code, CLOSE.tooMany.text);
    // A copy: what is part of a packet would keep all of it.
    this.#early.push(message === data ? message.slice() : message);
  }

  /** Ends it; the client is told unless it knows. @param code of WebSocket, or NOT_REACHED */
  end(code: number, reason: string, tell = true): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelDial();
    this.#cancelIdle();
    this.#stopWaiting();
    this.#socket?.close(code === 1000 || (code >= 4000 && code <= 4999) ? code : CLOSE.goingAway.code, '');
    if (tell) {
      const value = create(TunnelCloseSchema, {
        tunnel: this.#number,
        code,
        reason: reason.slice(0, MAX_CLOSE_REASON),
      });
      this.#link.send(0, { case: 'tunnelClose', value });
    }
    this.#onEnd();
  }

  /** The client takes nothing at the moment. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  #opened(socket: Socket): void {
    this.#socket = socket;
    socket.onMessage = (message) => this.#receive(message);
    socket.onClose = (code, reason) => {
      this.#socket = null;
      this.end(code, reason);
    };
    if (this.#link.slow) socket.pause();
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#send(socket, message);
  }

  #receive(message: Uint8Array): void {
    if (this.#ended) return;
    if (message.length > 0) this.#lastUsedMs = this.#parts.clock.now();
    this.#parts.metrics.tunnelBytes += message.length;
    for (let at = 0; at === 0 || at < message.length; at += MAX_TUNNEL_DATA) {
      const data = message.subarray(at, at + MAX_TUNNEL_DATA);
      const more = at + MAX_TUNNEL_DATA < message.length;
      const value = create(TunnelDataSchema, { tunnel: this.#number, data, more });
      this.#link.send(0, { case: 'tunnelData', value });
    }
  }

  #send(socket: Socket, message: Uint8Array): void {
    socket.send(message);
    const { limits } = this.#parts;
    if (this.#slow !== null || socket.bufferedBytes <= limits.highWaterBytes) return;
    const watched = {
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
      pause: () => this.#link.hold(),
      resume: () => this.#link.release(),
    };
    this.#slow = new SlowReader(watched, this.#parts, (taken) => {
      this.#slow = null;
      if (taken) return;
      this.#link.release();
      this.end(CLOSE.timeOut.code, CLOSE.timeOut.text);
    });
  }

  /** It would hold its place for as long as the link around it is kept alive, whether anybody needs it or not. */
  #watchIdle(inMs: number): void {
    const { clock, limits } = this.#parts;
    this.#cancelIdle = clock.after(inMs, () => {
      const leftMs = this.#lastUsedMs + limits.tunnelIdleMs - clock.now();
      if (leftMs > 0) this.#watchIdle(leftMs);
      else this.end(CLOSE.timeOut.code, CLOSE.timeOut.text);
    });
  }

  #stopWaiting(): void {
    if (this.#slow === null) return;
    this.#slow.stop();
    this.#slow = null;
    this.#link.release();
  }
}
