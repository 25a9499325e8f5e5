import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { BrowserHarness } from './harness.ts';
import './page-globals.ts';

/** RFC 6455, section 1.3. */
const acceptFor = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** A frame of a server (RFC 6455, section 5.2). */
function frame(opcode: number, length: number): Buffer {
  const header = length < 65_536 ? [126, length >> 8, length & 0xff] : [127, 0, 0, 0, 0, 0, length >> 16, 0, 0];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...header]), Buffer.alloc(length, 0x61)]);
}

/** Answers with what the path says, then echoes the code of a close frame. */
const server = createServer();
server.on('upgrade', (request, socket) => {
  const protocol = request.url === '/other' ? 'something-else' : request.headers['sec-websocket-protocol'];
  const accept = acceptFor(String(request.headers['sec-websocket-key']));
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
  );
  if (request.url === '/longest') socket.write(frame(2, 65_535));
  if (request.url === '/too-long') socket.write(frame(2, 65_536));
  if (request.url === '/text') socket.write(frame(1, 126));
  if (request.url === '/longest') socket.write(Buffer.from([0x88, 2, 0x11, 0x94])); // close 4500
  socket.on('data', (data: Buffer) => {
    // A masked close frame with a code: the answer to ours, or the first word.
    if (data[0] !== 0x88) return;
    if (request.url === '/longest') socket.end();
    else socket.end(Buffer.from([0x88, 2, data[6]! ^ data[2]!, data[7]! ^ data[3]!]));
  });
  socket.on('error', () => undefined);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;

const harness = await BrowserHarness.start({ dial: fileURLToPath(new URL('dial.ts', import.meta.url)) });
afterAll(async () => {
  await harness.stop();
  server.closeAllConnections();
  server.close();
});
const page = await harness.page(await harness.context());
await page.addScriptTag({ url: '/dial.js', type: 'module' });
await page.waitForFunction(() => 'dial' in globalThis);

const dialled = (url: string, cancel = false) =>
  page.evaluate(([url, cancel]) => dial(url, 'sotto.1.test', cancel), [url, cancel] as const);

describe('the dialer of a browser', () => {
  it('TAB-1: a message of the greatest length comes in whole, and the code of the other side with the end', async () => {
    expect(await dialled(`${base}/longest`)).toEqual({ messages: [65_535], code: 4500 });
  });

  it('TAB-1: more than one Noise message, and text, end the connection', async () => {
    expect(await dialled(`${base}/too-long`)).toEqual({ messages: [], code: 4413 });
    expect(await dialled(`${base}/text`)).toEqual({ messages: [], code: 4400 });
  });

  it('TAB-1: why there is no connection, as far as a browser says', async () => {
    expect(await dialled(`${base}/other`)).toEqual({ refused: 'unreachable' });
    expect(await dialled('ws://127.0.0.1:1')).toEqual({ refused: 'unreachable' });
    expect(await dialled('nonsense')).toEqual({ refused: 'bad-url' });
    expect(await dialled('https://127.0.0.1')).toEqual({ refused: 'bad-url' });
    expect(await dialled(`${base}/#here`)).toEqual({ refused: 'bad-url' });
    expect(await dialled(`${base}/longest`, true)).toEqual({ refused: 'cancelled' });
  });
});
