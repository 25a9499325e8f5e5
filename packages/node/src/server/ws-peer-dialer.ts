import type { Socket } from '@sotto/protocol/link';
import { MAX_MESSAGE } from '@sotto/protocol/wire';
import type { WebSocket } from 'ws';
import type { MayDial } from '@sotto/protocol/ring';
import type { PeerDialer } from '../ring/peer-dialer.ts';
import { literalOf, lookupWithin } from './dial-rules.ts';

const DIAL_MS = 5000;
/** How long a closing socket waits for the other side. */
const CLOSE_MS = 1000;
const ABNORMAL = 1006;

/** WebSockets to other nodes. The package is loaded when the first one is called: most nodes are alone. */
export function peerDialer(mayDial: MayDial): PeerDialer {
  return {
    open(url, subprotocol) {
      let opening: WebSocket | null = null;
      let cancelled = false;
      const socket = connect(url, subprotocol, mayDial, (ws) => {
        opening = ws;
        if (cancelled) ws.terminate();
      });
      // Whoever cancels need not look at the outcome.
      socket.catch(() => {});
      return {
        socket,
        cancel: () => {
          cancelled = true;
          if (opening?.readyState === opening?.CONNECTING) opening?.terminate();
          else void socket.then((open) => open.close(1000, '')).catch(() => {});
        },
      };
    },
  };
}

async function connect(
  url: string,
  subprotocol: string,
  mayDial: MayDial,
  made: (ws: WebSocket) => void,
): Promise<Socket> {
  const literal = literalOf(url);
  if (literal !== null && !mayDial(literal)) throw new Error('an address that must not be called');
  const { WebSocket: Ws } = await import('ws');
  const options = {
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
    handshakeTimeout: DIAL_MS,
    closeTimeout: CLOSE_MS,
    followRedirects: false,
    lookup: lookupWithin(mayDial),
  };
  const ws = new Ws(url, [subprotocol], options);
  made(ws);
  return new Promise((resolve, reject) => {
    // Stays: without a listener an error of a socket that nobody waits for any more would end the process.
    ws.on('error', reject);
    ws.once('open', () => resolve(new PeerSocket(ws)));
  });
}

class PeerSocket implements Socket {
  onMessage: (message: Uint8Array) => void = () => {};
  onClose: (code: number, reason: string) => void = () => {};
  /** Each message is handed out once: the package keeps no part of what it read. */
  readonly givesMessages = true;
  readonly #ws: WebSocket;
  #paused = false;

  constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('message', (data, isBinary) => {
      if (!isBinary || !(data instanceof Uint8Array)) ws.close(4400, 'text');
      else this.onMessage(new Uint8Array(data.buffer, data.byteOffset, data.length));
    });
    ws.on('close', (code, reason) => this.onClose(code || ABNORMAL, reason.toString('utf8')));
    // A message can arrive in one piece with the upgrade: it waits until the owner has set its handlers.
    ws.pause();
    setImmediate(() => {
      if (!this.#paused) ws.resume();
    });
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  send(message: Uint8Array): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(message);
  }

  close(code: number, reason: string): void {
    // A paused socket would never see the answer of the other side.
    this.#ws.resume();
    this.#ws.close(code, reason);
  }

  pause(): void {
    this.#paused = true;
    this.#ws.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#ws.resume();
  }
}
