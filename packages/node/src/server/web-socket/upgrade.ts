import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** A token of RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const MAX_PROTOCOLS = 16;

/**
 * Answers the opening handshake (RFC 6455, section 4.2).
 * @param choose picks one of the offered subprotocols, or the empty string
 * @returns the subprotocol agreed on; null: the request was refused, and the stream is over
 */
export function answerUpgrade(
  request: IncomingMessage,
  stream: Duplex,
  choose: (offered: readonly string[]) => string,
): string | null {
  const { headers } = request;
  const key = headers['sec-websocket-key'];
  if (headers['sec-websocket-version'] !== '13') {
    refuse(stream, '426 Upgrade Required', 'Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n');
    return null;
  }
  const offered = offeredBy(headers['sec-websocket-protocol']);
  const wantsWebSocket = headers.upgrade?.toLowerCase() === 'websocket' && request.method === 'GET';
  if (!wantsWebSocket || key === undefined || !KEY.test(key) || offered === null) {
    refuse(stream, '400 Bad Request', '');
    return null;
  }
  const protocol = choose(offered);
  // SHA-1 as the protocol asks: it proves that this is a WebSocket server, nothing more.
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  stream.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n` +
      (protocol === '' ? '\r\n' : `Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`),
  );
  return protocol;
}

/** @returns null when the header is malformed */
function offeredBy(header: string | undefined): string[] | null {
  if (header === undefined) return [];
  const offered = header.split(',').map((name) => name.trim());
  return offered.length <= MAX_PROTOCOLS && offered.every((name) => TOKEN.test(name)) ? offered : null;
}

function refuse(stream: Duplex, status: string, headers: string): void {
  stream.end(`HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
