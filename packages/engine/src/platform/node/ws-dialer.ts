import { WebSocket } from 'ws';
import { MAX_MESSAGE } from '@sotto/protocol/wire';
import { DialError } from '../../ports.ts';
import type { Dialer, Dialing, Socket } from '../../ports.ts';

const DIAL_TIMEOUT_MS = 10_000;
/** How long a closing socket waits for the other side. */
const CLOSE_TIMEOUT_MS = 1000;
const ABNORMAL = 1006;

/** Opens WebSockets with the ws package: no compression, messages of at most one Noise message. */
export const wsDialer: Dialer = {
  open(url, subprotocol) {
    return dial(url, subprotocol, DIAL_TIMEOUT_MS);
  },
};

/** As wsDialer.open, with a time-out of its own. */
export function dial(url: string, subprotocol: string, timeoutMs: number): Dialing {
  const problem = describeBadUrl(url);
  if (problem !== null) {
    return { socket: Promise.reject(new DialError('bad-url', problem)), cancel: () => undefined };
  }
  const options = {
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
    handshakeTimeout: timeoutMs,
    closeTimeout: CLOSE_TIMEOUT_MS,
    followRedirects: false,
  };
  const ws = new WebSocket(url, [subprotocol], options);
  let cancelled = false;
  const socket = new Promise<Socket>((resolve, reject) => {
    // Without a listener an error of a socket that nobody waits for any more would end the process.
    ws.on('error', (error) => {
      reject(cancelled ? new DialError('cancelled', 'the attempt was given up') : toDialError(error));
    });
    ws.once('open', () => {
      if (cancelled) ws.terminate();
      else resolve(new WsSocket(ws));
    });
  });
  // Whoever cancels need not look at the outcome.
  socket.catch(() => undefined);
  return {
    socket,
    cancel(): void {
      cancelled = true;
      if (ws.readyState === WebSocket.CONNECTING) ws.terminate();
      else void socket.then((open) => open.close(1000, 'cancelled')).catch(() => undefined);
    },
  };
}

class WsSocket implements Socket {
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (code: number, reason: string) => void = () => undefined;
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
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(message);
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

/** null when `url` is one this program can dial. */
function describeBadUrl(url: string): string | null {
  const parsed = URL.parse(url);
  if (parsed === null) return 'the URL of the node cannot be read';
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') return 'the URL of a node begins with ws:// or wss://';
  if (parsed.hash !== '') return 'the URL of a node has no #';
  return null;
}

/** Node's names for what OpenSSL says about a certificate (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|EPROTO)/;

function toDialError(error: Error): DialError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (TLS_CODE.test(code)) {
    return new DialError('tls', `the TLS certificate or connection of the node is not acceptable (${code})`);
  }
  // ws gives these no code: the text is all there is, and the version of ws is pinned.
  if (/subprotocol/.test(error.message) || /Unexpected server response: (400|426)/.test(error.message)) {
    return new DialError('refused-subprotocol', 'the node does not speak this kind of link');
  }
  if (/Unexpected server response/.test(error.message)) {
    return new DialError('unreachable', `no node at this URL: ${error.message.toLowerCase()}`);
  }
  if (/handshake has timed out/.test(error.message)) return new DialError('unreachable', 'no answer in time');
  return new DialError('unreachable', code === '' ? 'the connection failed' : `the connection failed (${code})`);
}
