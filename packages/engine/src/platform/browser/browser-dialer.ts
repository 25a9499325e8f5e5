import { MAX_MESSAGE } from '@sotto/protocol/wire';
import { DialError } from '../../ports.ts';
import type { Dialer, Dialing, Socket } from '../../ports.ts';

const DIAL_TIMEOUT_MS = 10_000;
const ABNORMAL = 1006;

/**
 * Opens the browser's WebSockets (TAB-1). A browser does not say why there is no connection: `unreachable` stands for
 * a refused subprotocol and for a certificate that is not accepted, too.
 */
export const browserDialer: Dialer = {
  open(url, subprotocol) {
    return dial(url, subprotocol, DIAL_TIMEOUT_MS);
  },
};

/** With a time-out of its own. */
function dial(url: string, subprotocol: string, timeoutMs: number): Dialing {
  const { promise: socket, resolve, reject } = Promise.withResolvers<Socket>();
  // Whoever cancels need not look at the outcome.
  socket.catch(() => undefined);
  let ws: WebSocket;
  try {
    ws = openSocket(url, subprotocol);
  } catch (error) {
    reject(error);
    return { socket, cancel: () => undefined };
  }
  ws.binaryType = 'arraybuffer';
  const giveUp = (error: DialError): void => {
    clearTimeout(timer);
    reject(error);
    ws.close();
  };
  const timer = setTimeout(() => giveUp(new DialError('unreachable', 'no answer in time')), timeoutMs);
  ws.addEventListener('close', () => giveUp(new DialError('unreachable', 'the connection failed')), { once: true });
  ws.addEventListener('open', () => {
    clearTimeout(timer);
    if (ws.readyState !== WebSocket.OPEN) return;
    if (ws.protocol === subprotocol) resolve(new BrowserSocket(ws));
    else giveUp(new DialError('refused-subprotocol', 'the node does not speak this kind of link'));
  });
  return {
    socket,
    cancel(): void {
      giveUp(new DialError('cancelled', 'the attempt was given up'));
    },
  };
}

/** @throws DialError('bad-url') */
function openSocket(url: string, subprotocol: string): WebSocket {
  const parsed = URL.parse(url);
  if (parsed === null) throw new DialError('bad-url', 'the URL of the node cannot be read');
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw new DialError('bad-url', 'the URL of a node begins with ws:// or wss://');
  }
  if (parsed.hash !== '') throw new DialError('bad-url', 'the URL of a node has no #');
  try {
    return new WebSocket(url, [subprotocol]);
  } catch {
    // A page that came over https may not speak ws (https://www.w3.org/TR/mixed-content/).
    throw new DialError('bad-url', 'a page that came over https reaches only nodes whose URL begins with wss://');
  }
}

/** A browser cannot stop reading: while it is paused what comes waits here, as much as the node's window lets come. */
class BrowserSocket implements Socket {
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (code: number, reason: string) => void = () => undefined;
  readonly #ws: WebSocket;
  readonly #waiting: (() => void)[] = [];
  #paused = true;
  #ended = false;

  constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer && data.byteLength <= MAX_MESSAGE) {
        this.#take(() => this.onMessage(new Uint8Array(data)));
      } else {
        ws.close(data instanceof ArrayBuffer ? 4413 : 4400);
      }
    });
    ws.addEventListener('close', ({ code, reason }) => this.#end(code === 0 ? ABNORMAL : code, reason));
    // A socket without a network seems open until something is missed on it.
    addEventListener('offline', this.#onOffline);
    // Nothing is handed over until the owner has set its handlers.
    setTimeout(() => this.resume(), 0);
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  send(message: Uint8Array): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(message as Uint8Array<ArrayBuffer>);
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
    // Whoever closes waits for onClose, whatever else waits before it.
    this.resume();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (let next = this.#next(); next !== undefined; next = this.#next()) next();
  }

  readonly #onOffline = (): void => {
    this.#ws.close();
    this.#end(ABNORMAL, 'the network is gone');
  };

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    removeEventListener('offline', this.#onOffline);
    this.#take(() => this.onClose(code, reason));
  }

  #next(): (() => void) | undefined {
    return this.#paused ? undefined : this.#waiting.shift();
  }

  #take(event: () => void): void {
    this.#waiting.push(event);
    if (!this.#paused) this.resume();
  }
}
