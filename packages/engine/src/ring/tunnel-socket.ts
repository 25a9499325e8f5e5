/** A WebSocket that another node has open in our place: its messages travel in frames of a link (RING-74). */
import { create, MAX_MESSAGE, MAX_TUNNEL_DATA, TunnelCloseSchema, TunnelDataSchema } from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import type { TunnelNews } from '../connection/node-link.ts';
import type { Socket } from '../ports.ts';

/** What a tunnel needs of the link it runs in. */
export interface Carrier {
  readonly bufferedBytes: number;
  /** Sends a frame, or nothing when the link has ended. */
  put(body: FrameBody): void;
}

/** Close codes of RFC 6455, 7.4.1. */
const ABNORMAL = 1006;
const TOO_BIG = 1009;
/** Of one message; two are enough. Each holds the packet that it came in. */
const MAX_PIECES = 64;
/** What waits while it is paused: the entry cannot be told to wait. */
const MAX_HELD = 1 << 20;
/** What a message costs beside its bytes. */
const MESSAGE_COST = 256;

export class TunnelSocket implements Socket {
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (code: number, reason: string) => void = () => undefined;
  readonly #tunnel: number;
  readonly #carrier: Carrier;
  /** Called once, when nothing more goes through it. */
  readonly #onEnd: () => void;
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  #held: Uint8Array[] | null = null;
  #heldBytes = 0;
  #ended = false;

  constructor(tunnel: number, carrier: Carrier, onEnd: () => void) {
    this.#tunnel = tunnel;
    this.#carrier = carrier;
    this.#onEnd = onEnd;
  }

  get bufferedBytes(): number {
    return this.#carrier.bufferedBytes;
  }

  send(message: Uint8Array): void {
    if (this.#ended) return;
    let offset = 0;
    do {
      const data = message.subarray(offset, offset + MAX_TUNNEL_DATA);
      offset += data.length;
      const more = offset < message.length;
      this.#carrier.put({ case: 'tunnelData', value: create(TunnelDataSchema, { tunnel: this.#tunnel, data, more }) });
    } while (offset < message.length);
  }

  close(code: number, reason: string): void {
    if (this.#ended) return;
    this.#tellClose(code, reason);
    this.#end(code, reason);
  }

  pause(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = null;
    this.#heldBytes = 0;
    for (const message of held) this.#pass(message);
  }

  /** What the node at the other end of the link says of its tunnels. */
  hear({ case: kind, value }: TunnelNews): void {
    if (this.#ended || value.tunnel !== this.#tunnel) return;
    // 0 goes on as it is: the entry's word that it does not reach the node (NOT_REACHED).
    if (kind === 'tunnelClose') this.#end(value.code, value.reason);
    else this.#gather(value.data, value.more);
  }

  /** The link it runs in has ended. */
  lost(): void {
    this.#end(ABNORMAL, '');
  }

  #gather(data: Uint8Array, more: boolean): void {
    this.#gathered += data.length;
    if (this.#gathered > MAX_MESSAGE || this.#pieces.length >= MAX_PIECES) {
      this.#tellClose(TOO_BIG, '');
      this.#end(TOO_BIG, '');
      return;
    }
    this.#pieces.push(data);
    if (more) return;
    const message = joined(this.#pieces, this.#gathered);
    this.#pieces = [];
    this.#gathered = 0;
    this.#pass(message);
  }

  #pass(message: Uint8Array): void {
    if (this.#ended) return;
    if (this.#held === null) return this.onMessage(message);
    this.#heldBytes += message.length + MESSAGE_COST;
    if (this.#heldBytes > MAX_HELD) {
      this.#tellClose(TOO_BIG, '');
      this.#end(TOO_BIG, '');
    } else this.#held.push(message);
  }

  #tellClose(code: number, reason: string): void {
    const value = create(TunnelCloseSchema, { tunnel: this.#tunnel, code, reason });
    this.#carrier.put({ case: 'tunnelClose', value });
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#pieces = [];
    this.#held = null;
    this.onClose(code, reason);
    this.#onEnd();
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = pieces;
  // What came in a packet is its memory: a copy, for whoever keeps it.
  if (pieces.length === 1 && only !== undefined) return only.slice();
  const message = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    message.set(piece, offset);
    offset += piece.length;
  }
  return message;
}
