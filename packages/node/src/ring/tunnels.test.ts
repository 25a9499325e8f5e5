import { describe, expect, test } from 'vitest';
import { nodePrimitives as primitives } from '@sotto/primitives-node';
import {
  create,
  type FrameBody,
  MAX_TUNNEL_DATA,
  TunnelCloseSchema,
  TunnelDataSchema,
  TunnelOpenSchema,
} from '@sotto/protocol/wire';
import { TestClient } from '../testing/test-client.ts';
import type { TestNode } from '../testing/test-node.ts';
import { TestRing, TWO_EPOCHS_MS, urlOf } from '../testing/test-ring.ts';
import { VirtualSocket } from '../testing/virtual-socket.ts';

const NK = 'sotto.1.Noise_NK_25519_ChaChaPoly_SHA256';
const XX = 'sotto.1.Noise_XX_25519_ChaChaPoly_SHA256';

const open = (tunnel: number, node: Uint8Array, subprotocol = NK): FrameBody => ({
  case: 'tunnelOpen',
  value: create(TunnelOpenSchema, { tunnel, node, subprotocol }),
});
const data = (tunnel: number, bytes: Uint8Array, more = false): FrameBody => ({
  case: 'tunnelData',
  value: create(TunnelDataSchema, { tunnel, data: bytes, more }),
});
const close = (tunnel: number): FrameBody => ({
  case: 'tunnelClose',
  value: create(TunnelCloseSchema, { tunnel, code: 1000 }),
});

async function ringInForce(count = 2, limits = {}): Promise<TestRing> {
  const ring = new TestRing(count, limits);
  await ring.clock.advance(TWO_EPOCHS_MS);
  return ring;
}

/** An anonymous link to `to`, inside a tunnel of `outer`. */
async function innerLink(ring: TestRing, outer: TestClient, tunnel: number, to: TestNode): Promise<TestClient> {
  const [near, far] = VirtualSocket.pair(ring.clock.defer);
  const inner = new TestClient(near, {
    primitives,
    random: to.random,
    node: to.identity,
    person: null,
    psk: null,
    cipher: 'ChaChaPoly',
  });
  far.onMessage = (message) => void outer.post(data(tunnel, message), false);
  outer.onFrame = ({ body }) => {
    if (body.case === 'tunnelData' && body.value.tunnel === tunnel) far.send(body.value.data);
  };
  outer.post(open(tunnel, to.identity.nodeId), false);
  inner.start();
  await ring.clock.settle();
  return inner;
}

describe('tunnels', () => {
  test('RING-50: a link inside a link reaches another node, which sees the entry and not the client', async () => {
    const ring = await ringInForce();
    const [entry, home] = [ring.nodes[0]!, ring.nodes[1]!];
    const outer = await entry.connect(null, { remote: 'client' });
    const inner = await innerLink(ring, outer, 7, home);
    expect(inner.open).toBe(true);
    expect(await home.ask(inner, { case: 'ping', value: {} })).toMatchObject({ case: 'pong' });
    expect(ring.network.sockets.at(-1)).toMatchObject({ url: urlOf(1), from: urlOf(0) });
    expect(entry.metrics.tunnelsOpen).toBe(1);
    outer.post(close(7), false);
    await ring.clock.settle();
    expect(inner.closedWith).toBeNull();
    expect(ring.network.sockets.at(-1)!.ends[1]!.closedWith?.code).toBe(1000);
    expect(entry.metrics.tunnelsOpen).toBe(0);
  });

  test('RING-50: who asks for it is told when the other node is reached', async () => {
    const ring = await ringInForce();
    const outer = await ring.founder.connect(null);
    expect(await ring.founder.ask(outer, open(1, ring.nodes[1]!.identity.nodeId))).toMatchObject({ case: 'done' });
  });

  test('RING-50: only nodes of the view, never this one, and anonymous links only', async () => {
    const ring = await ringInForce();
    const outer = await ring.founder.connect(null);
    const codes = async (body: FrameBody) => {
      await ring.founder.ask(outer, body);
      return outer.all('tunnelClose').at(-1)?.code;
    };
    expect(await codes(open(1, new Uint8Array(32)))).toBe(0);
    expect(await codes(open(2, ring.founder.identity.nodeId))).toBe(0);
    expect(await codes(open(3, ring.nodes[1]!.identity.nodeId, XX))).toBe(4426);
    expect(await codes(open(4, ring.nodes[1]!.identity.nodeId, 'sotto.1.descriptor'))).toBe(4426);
    ring.network.unreachable.add(urlOf(1));
    expect(await codes(open(5, ring.nodes[1]!.identity.nodeId))).toBe(0);
    expect(outer.all('tunnelClose').map(({ tunnel }) => tunnel)).toEqual([1, 2, 3, 4, 5]);
    const { client } = await ring.founder.resident();
    expect(await ring.founder.ask(client, open(1, ring.nodes[1]!.identity.nodeId))).toMatchObject({ case: 'refusal' });
  });

  test('RING-50: so many of a link, and of all', async () => {
    const ring = await ringInForce(2, { tunnelsPerLink: 2, tunnels: 3 });
    const node = ring.nodes[1]!.identity.nodeId;
    const [one, other] = [await ring.founder.connect(null), await ring.founder.connect(null)];
    for (const [client, count] of [
      [one, 3],
      [other, 2],
    ] as const) {
      for (let tunnel = 1; tunnel <= count; tunnel++) client.post(open(tunnel, node), false);
    }
    await ring.clock.settle();
    expect(one.all('tunnelClose').map(({ tunnel, code }) => [tunnel, code])).toEqual([[3, 4429]]);
    expect(other.all('tunnelClose').map(({ tunnel, code }) => [tunnel, code])).toEqual([[2, 4429]]);
    one.socket.close(1000, '');
    await ring.clock.settle();
    expect(ring.founder.metrics.tunnelsOpen).toBe(1);
  });

  test('RING-50: so many of one address, however many links it has', async () => {
    const ring = await ringInForce(2, { tunnelsPerAddress: 3 });
    const node = ring.nodes[1]!.identity.nodeId;
    const links = [];
    for (const remote of ['one', 'one', 'other']) links.push(await ring.founder.connect(null, { remote }));
    for (const client of links) for (const tunnel of [1, 2]) client.post(open(tunnel, node), false);
    await ring.clock.settle();
    const refused = links.map((client) => client.all('tunnelClose').map(({ tunnel, code }) => [tunnel, code]));
    expect(refused).toEqual([[], [[2, 4429]], []]);
    expect(ring.founder.metrics.tunnelsOpen).toBe(5);
    links[0]!.socket.close(1000, '');
    await ring.clock.settle();
    links[1]!.post(open(3, node), false);
    await ring.clock.settle();
    expect(links[1]!.all('tunnelClose')).toHaveLength(1);
  });

  test('RING-50: one through which nothing goes ends after two minutes, also when the link around it is alive', async () => {
    const ring = await ringInForce();
    const outer = await ring.founder.connect(null);
    ring.network.sink(urlOf(1));
    for (const tunnel of [1, 2, 3]) outer.post(open(tunnel, ring.nodes[1]!.identity.nodeId), false);
    await ring.clock.settle();
    const [, , third] = ring.network.sockets.slice(-3);
    for (let minute = 0; minute < 3; minute++) {
      await ring.clock.advance(60_000);
      outer.post(data(2, new Uint8Array(1)), false);
      third!.ends[0]!.onMessage(new Uint8Array(1));
      await ring.founder.ask(outer, { case: 'ping', value: {} });
    }
    expect(outer.all('tunnelClose').map(({ tunnel, code }) => [tunnel, code])).toEqual([[1, 4408]]);
    expect(ring.founder.metrics.tunnelsOpen).toBe(2);
    await ring.clock.advance(120_000);
    await ring.founder.ask(outer, { case: 'ping', value: {} });
    expect(outer.all('tunnelClose').map(({ tunnel }) => tunnel)).toEqual([1, 2, 3]);
  });

  test('RING-50: a message of any length comes through in pieces; one that is too long ends the tunnel', async () => {
    const ring = await ringInForce();
    const outer = await ring.founder.connect(null);
    ring.network.sink(urlOf(1));
    outer.post(open(1, ring.nodes[1]!.identity.nodeId), false);
    await ring.clock.settle();
    const [near] = ring.network.sockets.at(-1)!.ends;
    const long = new Uint8Array(MAX_TUNNEL_DATA + 200).fill(5);
    outer.post(data(1, long.subarray(0, MAX_TUNNEL_DATA), true), false);
    outer.post(data(1, long.subarray(MAX_TUNNEL_DATA)), false);
    await ring.clock.settle();
    expect(near!.sent).toEqual([long]);
    near!.onMessage(long);
    await ring.clock.settle();
    const pieces = outer.all('tunnelData').filter(({ tunnel }) => tunnel === 1);
    expect(pieces.map(({ data: piece, more }) => [piece.length, more])).toEqual([
      [MAX_TUNNEL_DATA, true],
      [200, false],
    ]);
    outer.post(data(1, long.subarray(0, MAX_TUNNEL_DATA), true), false);
    outer.post(data(1, long.subarray(0, 1000)), false);
    await ring.clock.settle();
    expect(outer.all('tunnelClose').at(-1)).toMatchObject({ tunnel: 1, code: 4413 });
  });

  test('RING-50: many pieces or messages of one byte each end the tunnel: each holds more than it counts', async () => {
    const ring = await ringInForce();
    const outer = await ring.founder.connect(null);
    ring.network.sink(urlOf(1));
    const node = ring.nodes[1]!.identity.nodeId;
    outer.post(open(1, node), false);
    await ring.clock.settle();
    for (let piece = 0; piece < 17; piece++) outer.post(data(1, new Uint8Array(1), true), false);
    await ring.clock.settle();
    expect(outer.all('tunnelClose')).toMatchObject([{ tunnel: 1, code: 4413 }]);

    // All of them come before the other node is reached.
    outer.post(open(2, node), false);
    for (let message = 0; message < 1025; message++) outer.post(data(2, new Uint8Array(1)), false);
    await ring.clock.settle();
    expect(outer.all('tunnelClose').at(-1)).toMatchObject({ tunnel: 2, code: 4429 });
  });

  test('RING-51: a node that takes nothing holds up its client, and a client that takes nothing its node', async () => {
    const ring = await ringInForce(2, { highWaterBytes: 1000, lowWaterBytes: 100, slowReaderMs: 2000 });
    const outer = await ring.founder.connect(null);
    ring.network.sink(urlOf(1));
    outer.post(open(1, ring.nodes[1]!.identity.nodeId), false);
    await ring.clock.settle();
    const inner = ring.network.sockets.at(-1)!.ends[0]!;
    inner.bufferedBytes = 2000;
    outer.post(data(1, new Uint8Array(10)), false);
    await ring.clock.settle();
    expect(outer.serverSocket.paused).toBe(true);
    inner.bufferedBytes = 0;
    await ring.clock.advance(200);
    expect(outer.serverSocket.paused).toBe(false);

    outer.serverSocket.bufferedBytes = 2000;
    inner.onMessage(new Uint8Array(10));
    await ring.clock.settle();
    expect([inner.paused, outer.serverSocket.paused]).toEqual([true, true]);
    outer.serverSocket.bufferedBytes = 0;
    await ring.clock.advance(200);
    expect([inner.paused, outer.serverSocket.paused]).toEqual([false, false]);

    inner.bufferedBytes = 2000;
    outer.post(data(1, new Uint8Array(10)), false);
    await ring.clock.advance(3000);
    expect(outer.all('tunnelClose').at(-1)).toMatchObject({ tunnel: 1, code: 4408 });
    expect(outer.serverSocket.paused).toBe(false);
    expect(outer.open).toBe(true);
  });
});
