import { createServer as createHttpServer, get, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { NodeMetrics } from '../node-metrics.ts';
import { limitSilentConnections } from './silent-connections.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function start(halfOpen: number, halfOpenPerAddress: number): Promise<{ port: number; metrics: NodeMetrics }> {
  const server = createHttpServer((_request, response) => response.end('answer'));
  servers.push(server);
  const metrics = new NodeMetrics();
  limitSilentConnections(server, { halfOpen, halfOpenPerAddress }, metrics);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, metrics };
}

/** Resolves when the server has it: connections are accepted in order. */
function open(port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  sockets.push(socket);
  socket.on('error', () => {});
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
}

const over = (socket: Socket): Promise<void> =>
  socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.once('close', () => resolve()));

function ask(port: number, localAddress: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', localAddress }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    }).once('error', reject);
  });
}

test('OPS-62: an address has so many connections that asked for nothing; those that asked do not count', async () => {
  const { port, metrics } = await start(100, 3);
  const silent: Socket[] = [];
  for (let at = 0; at < 3; at++) silent.push(await open(port, '127.0.0.2'));
  await over((await open(port, '127.0.0.2')).resume());
  expect(metrics.connectionsRefused).toBe(1);
  expect(await ask(port, '127.0.0.3')).toBe(200);
  // Two ask, and have their connections still: there is room for two more, not for three.
  for (const socket of silent.slice(0, 2)) {
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write('GET / HTTP/1.1\r\nHost: node\r\n\r\n');
    await answered;
  }
  const more = [await open(port, '127.0.0.2'), await open(port, '127.0.0.2')];
  await over((await open(port, '127.0.0.2')).resume());
  expect(metrics.connectionsRefused).toBe(2);
  expect([...silent, ...more].map((socket) => socket.destroyed)).toEqual([false, false, false, false, false]);
});

test('OPS-62: of many addresses the oldest goes, and newcomers are answered', async () => {
  const { port, metrics } = await start(4, 3);
  const silent: Socket[] = [];
  for (let at = 0; at < 10; at++) silent.push((await open(port, `127.0.0.${10 + at}`)).resume());
  await Promise.all(silent.slice(0, 6).map(over));
  expect(await ask(port, '127.0.0.3')).toBe(200);
  await over(silent[6]!);
  expect(silent.slice(7).map((socket) => socket.destroyed)).toEqual([false, false, false]);
  expect(metrics.connectionsRefused).toBe(7);
});
