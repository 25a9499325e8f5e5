import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Socket } from '../../ports.ts';
import { dial, wsDialer } from './ws-dialer.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(onConnection: (ws: WebSocket) => void, subprotocol: string | false = 'one'): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => subprotocol });
  server.on('connection', onConnection);
  closers.push(() => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function listen(server: Server): Promise<string> {
  closers.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const closed = (socket: Socket): Promise<{ code: number; reason: string }> =>
  new Promise((resolve) => {
    socket.onClose = (code, reason) => resolve({ code, reason });
  });

describe('wsDialer', () => {
  it('DIAL-1: carries binary messages both ways, in order, also those sent together with the upgrade', async () => {
    const url = await serve((ws) => {
      ws.send(new Uint8Array([1]));
      ws.send(new Uint8Array([2, 2]));
      ws.on('message', (data) => ws.send(data as Buffer));
    });
    const socket = await wsDialer.open(url, 'one').socket;
    const received: number[][] = [];
    const done = new Promise<void>((resolve) => {
      socket.onMessage = (message) => {
        expect(Object.getPrototypeOf(message)).toBe(Uint8Array.prototype);
        received.push([...message]);
        if (received.length === 3) resolve();
      };
    });
    socket.send(new Uint8Array([3, 3, 3]));
    await done;
    expect(received).toEqual([[1], [2, 2], [3, 3, 3]]);
    socket.close(1000, 'bye');
  });

  it('DIAL-2: tells code and reason of the close once, also of its own', async () => {
    const url = await serve((ws) => ws.on('message', () => ws.close(4409, 'replaced')));
    const socket = await wsDialer.open(url, 'one').socket;
    const end = closed(socket);
    socket.send(new Uint8Array([1]));
    expect(await end).toEqual({ code: 4409, reason: 'replaced' });
    socket.send(new Uint8Array([1]));
    const own = await wsDialer.open(url, 'one').socket;
    const ownEnd = closed(own);
    own.close(1000, 'done');
    own.close(1000, 'done');
    expect((await ownEnd).code).toBe(1000);
  });

  it('DIAL-2: a message over 65,535 bytes, a text message and a cut connection close the socket', async () => {
    const big = await wsDialer.open(await serve((ws) => ws.send(new Uint8Array(65_536))), 'one').socket;
    expect((await closed(big)).code).toBe(1006);
    const text = await wsDialer.open(await serve((ws) => ws.send('hello')), 'one').socket;
    expect((await closed(text)).code).toBe(4400);
    const cut = await wsDialer.open(await serve((ws) => setTimeout(() => ws.terminate(), 5)), 'one').socket;
    expect((await closed(cut)).code).toBe(1006);
  });

  it('DIAL-3: pause stops reading until resume', async () => {
    const url = await serve((ws) => ws.on('message', (data) => ws.send(data as Buffer)));
    const socket = await wsDialer.open(url, 'one').socket;
    let messages = 0;
    socket.onMessage = () => messages++;
    socket.pause();
    socket.send(new Uint8Array([1]));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(messages).toBe(0);
    const arrived = new Promise<void>((resolve) => {
      socket.onMessage = () => resolve();
    });
    socket.resume();
    await arrived;
    socket.close(1000, '');
  });

  it('DIAL-4: names what is wrong', async () => {
    await expect(wsDialer.open('http://127.0.0.1:1', 'one').socket).rejects.toMatchObject({ code: 'bad-url' });
    await expect(wsDialer.open('nonsense', 'one').socket).rejects.toMatchObject({ code: 'bad-url' });
    await expect(wsDialer.open('ws://127.0.0.1:1', 'one').socket).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    const other = await serve(() => undefined, false);
    await expect(wsDialer.open(other, 'one').socket).rejects.toMatchObject({ code: 'refused-subprotocol' });
    const plain = await listen(createServer((socket) => socket.end('SSH-2.0-nothing\r\n')));
    await expect(wsDialer.open(`ws://${plain}`, 'one').socket).rejects.toMatchObject({ code: 'unreachable' });
    await expect(wsDialer.open(`wss://${plain}`, 'one').socket).rejects.toMatchObject({ code: 'tls' });
  });

  it('DIAL-5: gives up in time, and when cancelled', async () => {
    const silent = `ws://${await listen(createServer((socket) => socket.on('error', () => undefined)))}`;
    await expect(dial(silent, 'one', 20).socket).rejects.toMatchObject({ code: 'unreachable' });
    const dialing = wsDialer.open(silent, 'one');
    dialing.cancel();
    await expect(dialing.socket).rejects.toMatchObject({ code: 'cancelled' });
    const late = wsDialer.open(await serve(() => undefined), 'one');
    const socket = await late.socket;
    const end = closed(socket);
    late.cancel();
    expect((await end).code).toBe(1000);
  });
});
