import { describe, expect, it } from 'vitest';
import { CLOSE } from '@sotto/protocol/link';
import { AttachedSchema, FindSchema, KeyCountsSchema, RefusalCode, create } from '@sotto/protocol/wire';
import type { DeliverFrame, FrameBody } from '@sotto/protocol/wire';
import type { ConnectionState, HomeConnectionOptions, NodeRoute } from './connection.ts';
import { HomeConnection } from './home-connection.ts';
import { VirtualNetwork } from './testing/virtual-network.ts';

const URL = 'ws://home.example';
const find: FrameBody = { case: 'find', value: create(FindSchema, { token: '' }) };
const envelope = (byte: number): DeliverFrame => ({ expires: 1, body: new Uint8Array(2048).fill(byte), live: false });

class Home {
  readonly states: ConnectionState[] = [];
  readonly happened: string[] = [];
  readonly delivered: DeliverFrame[] = [];
  readonly connection: HomeConnection;

  constructor(network: VirtualNetwork, route: NodeRoute, changes: Partial<HomeConnectionOptions> = {}) {
    this.connection = new HomeConnection({
      platform: network.platform,
      routes: () => [route],
      cipher: null,
      identity: network.identity(),
      attach: () => ({ name: 'Ann', listed: true }),
      events: {
        onState: (state) => {
          this.states.push(state);
          this.happened.push(state.state);
        },
        onAttached: () => this.happened.push('attached'),
        onDeliver: (deliver) => {
          this.happened.push('deliver');
          this.delivered.push(deliver);
        },
        onKeyCounts: () => this.happened.push('keyCounts'),
        onPresence: () => this.happened.push('presence'),
        onAnnouncement: () => this.happened.push('announcement'),
      },
      ...changes,
    });
  }

  get last(): ConnectionState {
    return this.connection.state;
  }
}

function setUp(): { network: VirtualNetwork; node: ReturnType<VirtualNetwork['node']>; home: Home } {
  const network = new VirtualNetwork();
  const node = network.node(URL);
  return { network, node, home: new Home(network, network.routeTo(node)) };
}

async function online(network: VirtualNetwork, home: Home): Promise<void> {
  home.connection.start();
  await network.clock.advance(10);
  expect(home.last).toEqual({ state: 'online', error: null, retryAt: null });
}

describe('HomeConnection', () => {
  it('LNKC-8: proves its device, attaches with its name, and is online', async () => {
    const { network, node, home } = setUp();
    await online(network, home);
    expect(node.link.subprotocol).toBe('sotto.1.Noise_XX_25519_ChaChaPoly_SHA256');
    expect(node.link.certificate?.device).toBe(1);
    expect(node.link.all('attach').map(({ value }) => [value.name, value.listed])).toEqual([['Ann', true]]);
    expect(home.happened).toEqual(['connecting', 'online', 'attached']);
    home.connection.start();
    await network.clock.advance(10);
    expect(node.links).toHaveLength(1);
  });

  it('LNKC-8: with a pre-shared key the link is XXpsk2 with AES-GCM', async () => {
    const network = new VirtualNetwork();
    const node = network.node(URL, { psk: network.random(32) });
    await online(network, new Home(network, network.routeTo(node)));
    expect(node.link.subprotocol).toBe('sotto.1.Noise_XXpsk2_25519_AESGCM_SHA256');
  });

  it('LNKC-8: envelopes in one packet with the answer to the attach come after onAttached', async () => {
    const { network, node, home } = setUp();
    node.answer = (link, { request, body }) => {
      if (body.case !== 'attach') return;
      link.send(
        { request, body: { case: 'attached', value: create(AttachedSchema, { waiting: 1 }) } },
        { request: 0, body: { case: 'deliver', value: envelope(1) } },
        { request: 0, body: { case: 'keyCounts', value: create(KeyCountsSchema, { oneTime: 3 }) } },
      );
    };
    home.connection.start();
    await network.clock.advance(10);
    expect(home.happened).toEqual(['connecting', 'online', 'attached', 'deliver', 'keyCounts']);
    expect(home.delivered[0]).toEqual(envelope(1));
  });

  it('LNKC-4: acknowledgements of a moment go out together, and again when the node was busy', async () => {
    const { network, node, home } = setUp();
    await online(network, home);
    const ids = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
    let busy = true;
    node.answer = (link, { request, body }) => {
      if (body.case !== 'acknowledge') return;
      if (busy) link.send({ request, body: { case: 'refusal', value: { code: RefusalCode.BUSY, retryMs: 700 } } });
      else link.send({ request, body: { case: 'done', value: {} } });
    };
    home.connection.acknowledge(ids.slice(0, 2));
    home.connection.acknowledge(ids.slice(2));
    await network.clock.advance(20);
    expect(node.link.all('acknowledge').map(({ value }) => value.ids.length)).toEqual([96]);
    busy = false;
    await network.clock.advance(5000);
    expect(node.link.all('acknowledge').map(({ value }) => [...value.ids])).toEqual(
      [1, 2].map(() => ids.flatMap((id) => [...id])),
    );
  });

  it('LNKC-4: stop() still sends the acknowledgements that wait, then closes', async () => {
    const { network, node, home } = setUp();
    await online(network, home);
    home.connection.acknowledge([new Uint8Array(32).fill(9)]);
    const stopped = home.connection.stop();
    await network.clock.settle();
    await stopped;
    expect(node.link.all('acknowledge')).toHaveLength(1);
    expect(node.link.closedWith).toBe(1000);
    expect(home.last).toEqual({ state: 'stopped', error: null, retryAt: null });
    await network.clock.advance(600_000);
    expect(node.links).toHaveLength(1);
    expect(network.clock.timers).toBe(0);
  });

  it('LNKC-5: a lost link is made again after 0.5 to 1 s, then ever later up to 60 s, never in step', async () => {
    const { network, node, home } = setUp();
    await online(network, home);
    network.nodes.clear();
    node.link.socket.close(1006);
    await network.clock.settle();
    expect(home.last).toMatchObject({ state: 'connecting', error: { code: 'unreachable', retry: true } });
    const pauses: number[] = [];
    for (let i = 0; i < 40; i++) {
      const pauseMs = (home.last.retryAt ?? 0) - network.clock.now();
      pauses.push(pauseMs);
      const before = network.dialled.length;
      await network.clock.advance(pauseMs - 1);
      expect(network.dialled).toHaveLength(before);
      await network.clock.advance(2);
      expect(network.dialled).toHaveLength(before + 1);
    }
    for (const [i, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(500);
      expect(pause).toBeLessThanOrEqual(Math.min(60_000, 1000 * 2 ** i));
    }
    expect(Math.max(...pauses)).toBeGreaterThan(30_000);
    expect(new Set(pauses).size).toBeGreaterThan(35);
    network.nodes.set(URL, node);
    await network.clock.advance(60_100);
    expect(home.last.state).toBe('online');
  });

  it('LNKC-5: failures are forgotten after 30 s online, not before', async () => {
    const { network, node, home } = setUp();
    await online(network, home);
    for (let i = 0; i < 12; i++) {
      node.link.socket.close(1006);
      await network.clock.settle();
      await network.clock.advance((home.last.retryAt ?? 0) - network.clock.now() + 10);
      expect(home.last.state).toBe('online');
    }
    const flapping = network.dialled.slice(-6).map(({ atMs }) => atMs);
    expect(Math.max(...flapping.slice(1).map((at, i) => at - (flapping[i] ?? 0)))).toBeGreaterThan(2000);
    await network.clock.advance(30_000);
    node.link.socket.close(1006);
    await network.clock.settle();
    expect((home.last.retryAt ?? 0) - network.clock.now()).toBeLessThanOrEqual(1000);
  });

  it('LNKC-5: reconnectNow() does not wait, and asks a link that seems up whether it lives', async () => {
    const { network, node, home } = setUp();
    network.nodes.clear();
    home.connection.start();
    await network.clock.advance(200_000);
    network.nodes.set(URL, node);
    await network.clock.advance((home.last.retryAt ?? 0) - network.clock.now() - 100 > 0 ? 0 : 2000);
    home.connection.reconnectNow();
    await network.clock.advance(10);
    expect(home.last.state).toBe('online');
    network.sockets.at(-1)!.cut = true;
    node.link.socket.cut = true;
    home.connection.reconnectNow();
    await network.clock.advance(10_001);
    expect(home.last).toMatchObject({ state: 'connecting', error: { code: 'unreachable' } });
  });

  it('LNKC-6: comes back when the node that went away said so', async () => {
    const { network, node, home } = setUp();
    await online(network, home);
    node.link.news({ case: 'closing', value: { retryMs: 7654 } });
    node.link.socket.close(CLOSE.goingAway.code);
    await network.clock.settle();
    expect(home.last).toMatchObject({ error: { code: 'going-away', retryMs: 7654 } });
    expect((home.last.retryAt ?? 0) - network.clock.now()).toBe(7654);
    await network.clock.advance(7700);
    expect(home.last.state).toBe('online');
  });

  it.each([
    ['replaced', CLOSE.replaced.code],
    ['not-allowed', CLOSE.notAllowed.code],
  ])('LNKC-6: after %s it stops and says so; only reconnectNow() tries again', async (code, closeCode) => {
    const { network, node, home } = setUp();
    await online(network, home);
    node.link.socket.close(closeCode);
    await network.clock.advance(3_600_000);
    expect(home.last).toMatchObject({ state: 'stopped', error: { code, retry: false }, retryAt: null });
    expect(node.links).toHaveLength(1);
    await expect(home.connection.request(find)).rejects.toMatchObject({ code });
    home.connection.reconnectNow();
    await network.clock.advance(10);
    expect(home.last.state).toBe('online');
  });

  it('LNKC-6: a device that is not let in to attach stops', async () => {
    const { network, node, home } = setUp();
    node.answer = (link, { request }) => {
      link.send({ request, body: { case: 'refusal', value: { code: RefusalCode.NOT_ALLOWED, retryMs: 0 } } });
    };
    home.connection.start();
    await network.clock.advance(600_000);
    expect(home.last).toMatchObject({ state: 'stopped', error: { code: 'not-allowed' } });
    expect(node.links).toHaveLength(1);
  });

  it('LNKC-6: a version that is not spoken is reported and tried seldom', async () => {
    const { network, node, home } = setUp();
    node.refuseWith = CLOSE.unsupported.code;
    home.connection.start();
    await network.clock.advance(10);
    expect(home.last).toMatchObject({ state: 'connecting', error: { code: 'version', retry: false } });
    expect((home.last.retryAt ?? 0) - network.clock.now()).toBeGreaterThan(29_000);
  });

  it('LNKC-7: a node that falls silent is asked, and left when it does not answer', async () => {
    const { network, node, home } = setUp();
    await online(network, home);
    await network.clock.advance(600_000);
    expect(home.last.state).toBe('online');
    expect(node.link.all('ping').length).toBeGreaterThan(8);
    expect(node.link.all('ping').length).toBeLessThan(15);
    network.sockets.at(-1)!.cut = true;
    node.link.socket.cut = true;
    await network.clock.advance(75_000);
    expect(home.states.at(-2)).toMatchObject({ state: 'connecting' });
    expect(node.links.length).toBe(2);
  });

  it('LNKC-9: another node at the URL is refused, never attached to, and explained', async () => {
    const { network, home } = setUp();
    const other = network.node(URL);
    home.connection.start();
    await network.clock.advance(10);
    expect(home.last).toMatchObject({ state: 'connecting', error: { code: 'wrong-node', retry: false } });
    expect(home.last.error?.message).toMatch(/Another node answers/);
    expect((home.last.retryAt ?? 0) - network.clock.now()).toBeGreaterThan(29_000);
    expect(other.links).toHaveLength(0);
    // In the same network too, where the handshake itself would go well up to the descriptor.
    const twin = network.node(URL, { network: network.random(32) });
    const second = new Home(network, network.routeTo(twin, { node: other.nodeId }));
    second.connection.start();
    await network.clock.advance(10);
    expect(second.last).toMatchObject({ error: { code: 'wrong-node' } });
    expect(twin.links).toHaveLength(0);
  });

  it('LNKC-9: a pre-shared key missing, wrong or too much is explained', async () => {
    const network = new VirtualNetwork();
    const room = network.node(URL, { psk: network.random(32) });
    const open = network.node('ws://open.example');
    const cases: [NodeRoute, RegExp][] = [
      [network.routeTo(room, { psk: null }), /needs a pre-shared key/],
      [network.routeTo(room, { psk: network.random(32) }), /another pre-shared key/],
      [network.routeTo(open, { psk: network.random(32) }), /takes no pre-shared key/],
    ];
    for (const [route, text] of cases) {
      const home = new Home(network, route);
      home.connection.start();
      await network.clock.advance(10);
      expect(home.last).toMatchObject({ error: { code: 'wrong-psk' } });
      expect(home.last.error?.message).toMatch(text);
      await home.connection.stop();
    }
    expect(room.links).toHaveLength(0);
  });

  it('LNKC-8: the next URL serves when the first does not', async () => {
    const { network, node } = setUp();
    const home = new Home(network, network.routeTo(node, { urls: ['ws://gone.example', URL] }));
    await online(network, home);
    expect(network.dialled.map(({ url }) => url)).toEqual(['ws://gone.example', URL]);
  });

  it('LNKC-9: a strange node at a further URL does not hide that the node is not reachable', async () => {
    const { network, node } = setUp();
    network.node('ws://127.0.0.1:8080');
    const home = new Home(network, network.routeTo(node, { urls: ['ws://gone.example', 'ws://127.0.0.1:8080'] }));
    home.connection.start();
    await network.clock.advance(10);
    expect(home.last).toMatchObject({ state: 'connecting', error: { code: 'unreachable' } });
    expect((home.last.retryAt ?? 0) - network.clock.now()).toBeLessThanOrEqual(1000);
    const told = new Home(
      network,
      network.routeTo(node, { urls: ['ws://gone.example', URL], psk: network.random(32) }),
    );
    told.connection.start();
    await network.clock.advance(10);
    expect(told.last).toMatchObject({ error: { code: 'wrong-psk' } });
  });

  it('LNKC-2: a request waits for the link that is being made, not for the next attempt', async () => {
    const { network, node, home } = setUp();
    home.connection.start();
    const early = home.connection.request(find);
    await network.clock.advance(10);
    expect(await early).toEqual({ case: 'done', value: {} });
    network.nodes.clear();
    node.link.socket.close(1006);
    await network.clock.settle();
    await expect(home.connection.request(find)).rejects.toMatchObject({ code: 'unreachable', retry: true });
    home.connection.reconnectNow();
    const failing = home.connection.request(find);
    failing.catch(() => undefined);
    await network.clock.advance(10);
    await expect(failing).rejects.toMatchObject({ code: 'unreachable' });
    network.silent = true;
    home.connection.reconnectNow();
    const late = home.connection.request(find, { timeoutMs: 100 });
    late.catch(() => undefined);
    await network.clock.advance(101);
    await expect(late).rejects.toMatchObject({ code: 'offline', retry: true });
    await home.connection.stop();
    expect(network.clock.timers).toBe(0);
  });

  it('LNKC-11: nothing is sent, and nothing heard, after stop() during the handshake', async () => {
    const { network, node, home } = setUp();
    network.latencyMs = 5;
    // While dialling, in the handshake, when only the answer to the attach is missing.
    for (const ms of [0, 3, 8, 18]) {
      home.happened.length = 0;
      home.connection.start();
      await network.clock.advance(ms);
      const stopped = home.connection.stop();
      await network.clock.advance(100_000);
      await stopped;
      expect(home.happened).toEqual(['connecting', 'stopped']);
      expect(network.clock.timers).toBe(0);
    }
    expect(node.links.map(({ closedWith }) => closedWith)).toEqual([1000]);
  });
});
