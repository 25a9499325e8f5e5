import { describe, expect, it } from 'vitest';
import { CLOSE } from '@sotto/protocol/link';
import { AttachedSchema, RefusalCode, create } from '@sotto/protocol/wire';
import type { ConnectionState, NodeRoute } from './connection.ts';
import { HomeConnection } from './home-connection.ts';
import { VirtualNetwork } from './testing/virtual-network.ts';
import type { FakeNode } from './testing/fake-node.ts';

const names = ['a', 'b', 'c'] as const;

function setUp(lastUsed: number | null = null) {
  const network = new VirtualNetwork();
  const shared = network.random(32);
  const nodes = names.map((name) => network.node(`ws://${name}.example`, { network: shared }));
  let routes: NodeRoute[] = nodes.map((node) => network.routeTo(node));
  const states: ConnectionState[] = [];
  let attaches = 0;
  const home = new HomeConnection({
    platform: network.platform,
    routes: () => routes,
    lastUsed: lastUsed === null ? null : nodes[lastUsed]!.nodeId,
    cipher: null,
    identity: network.identity(),
    attach: () => ({ name: '', listed: false }),
    events: {
      onState: (state) => states.push(state),
      onAttached: () => attaches++,
      onDeliver: () => undefined,
      onKeyCounts: () => undefined,
      onPresence: () => undefined,
      onAnnouncement: () => undefined,
    },
  });
  const attachedTo = (): string => names[nodes.findIndex((node) => node.nodeId === home.attached?.node)] ?? 'none';
  const attachesAt = (node: FakeNode): number => node.links.flatMap((link) => link.all('attach')).length;
  return {
    network,
    nodes,
    home,
    states,
    attachedTo,
    attachesAt,
    attaches: () => attaches,
    setRoutes: (chosen: readonly number[]) => (routes = chosen.map((at) => network.routeTo(nodes[at]!))),
  };
}

describe('several homes', () => {
  it('RING-64: the home used last is tried first and alone; the others are not even called', async () => {
    const { network, home, attachedTo } = setUp(1);
    home.start();
    await network.clock.advance(300);
    expect(attachedTo()).toBe('b');
    expect(network.dialled.map(({ url }) => url)).toEqual(['ws://b.example']);
  });

  it('RING-64: when it does not answer the others are asked after 400 ms, and one of them is attached to, once', async () => {
    const { network, nodes, home, attachedTo, attachesAt, attaches } = setUp(0);
    network.nodes.delete('ws://a.example');
    network.silent = true;
    home.start();
    await network.clock.advance(399);
    expect(network.dialled).toHaveLength(1);
    network.silent = false;
    await network.clock.advance(100);
    expect(attachedTo()).toBe('b');
    expect([attaches(), nodes.map(attachesAt)]).toEqual([1, [0, 1, 0]]);
    await network.clock.advance(100);
    expect(nodes[2]!.links.map(({ closedWith }) => closedWith)).toEqual([1000]);
  });

  it('RING-64: a home that shakes hands and then says nothing is passed over', async () => {
    const { network, nodes, home, attachedTo } = setUp();
    nodes[0]!.answer = () => undefined;
    home.start();
    await network.clock.advance(1000);
    expect(attachedTo()).toBe('none');
    await network.clock.advance(1000);
    expect(attachedTo()).toBe('b');
    expect(nodes[0]!.link.closedWith).toBe(1000);
  });

  it('RING-65: the end of the socket is followed by another home at once, and by no complaint', async () => {
    const { network, nodes, home, states, attachedTo } = setUp(0);
    home.start();
    await network.clock.advance(100);
    states.length = 0;
    const atMs = network.clock.now();
    nodes[0]!.link.socket.close(4500);
    await network.clock.advance(50);
    expect(attachedTo()).not.toBe('a');
    expect(states.map(({ state, error }) => [state, error])).toEqual([
      ['connecting', null],
      ['connecting', null],
      ['online', null],
    ]);
    expect(network.dialled.filter(({ atMs: dialledMs }) => dialledMs >= atMs).length).toBeGreaterThan(1);
  });

  it('RING-65: silence is noticed after 4 s, and another home has taken over within 5', async () => {
    const { network, home, attachedTo } = setUp(0);
    home.start();
    await network.clock.advance(60_000);
    expect(attachedTo()).toBe('a');
    for (const socket of network.sockets) socket.cut = true;
    network.sockets.length = 0;
    network.nodes.delete('ws://a.example');
    await network.clock.advance(5000);
    expect(['b', 'c']).toContain(attachedTo());
  });

  it('RING-65, LNKC-7: who has one home only is not asked for a sign of life every few seconds', async () => {
    const { network, nodes, home, setRoutes } = setUp(0);
    setRoutes([0]);
    home.start();
    await network.clock.advance(30_000);
    expect(nodes[0]!.link.all('ping')).toEqual([]);
    setRoutes([0, 1]);
    home.homesChanged();
    await network.clock.advance(30_000);
    expect(nodes[0]!.link.all('ping').length).toBeGreaterThan(5);
  });

  it('RING-65: homes that fail one after the other are not tried without a pause', async () => {
    const { network, nodes, home, attaches } = setUp(0);
    for (const node of nodes) {
      node.answer = (link, { request, body }) => {
        if (body.case !== 'attach') return;
        link.send({ request, body: { case: 'attached', value: create(AttachedSchema, { waiting: 0 }) } });
        network.clock.after(1, () => link.socket.close(4500));
      };
    }
    home.start();
    await network.clock.advance(10_000);
    expect(attaches()).toBeGreaterThan(3);
    expect(attaches()).toBeLessThan(25);
  });

  it('RING-65: a home that lets nobody in does not stop a device that others let in', async () => {
    const { network, nodes, home, attachedTo } = setUp(0);
    nodes[0]!.answer = (link, { request, body }) => {
      if (body.case === 'attach') {
        link.send({ request, body: { case: 'refusal', value: { code: RefusalCode.NOT_ALLOWED, retryMs: 0 } } });
      }
    };
    home.start();
    await network.clock.advance(1000);
    expect(['b', 'c']).toContain(attachedTo());
    // Nor one that expels it later.
    (attachedTo() === 'b' ? nodes[1]! : nodes[2]!).link.socket.close(CLOSE.notAllowed.code);
    await network.clock.advance(1000);
    expect(home.state.state).toBe('online');
  });

  it('RING-65: all that let nobody in stop it; one that is merely away keeps it trying', async () => {
    const { network, nodes, home } = setUp(0);
    for (const node of nodes) node.refuseWith = CLOSE.notAllowed.code;
    network.nodes.delete('ws://c.example');
    home.start();
    await network.clock.advance(1000);
    expect(home.state).toMatchObject({ state: 'connecting', error: { code: 'not-allowed' } });
    network.nodes.set('ws://c.example', nodes[2]!);
    await network.clock.advance(60_000);
    expect(home.state).toMatchObject({ state: 'stopped', error: { code: 'not-allowed' } });
  });

  it('LNKC-6: the same device elsewhere stops it, however many homes there are', async () => {
    const { network, nodes, home } = setUp(0);
    home.start();
    await network.clock.advance(100);
    nodes[0]!.link.socket.close(CLOSE.replaced.code);
    await network.clock.advance(60_000);
    expect(home.state).toMatchObject({ state: 'stopped', error: { code: 'replaced' } });
  });

  it('RING-63: a node that is no home any more is left for one that is', async () => {
    const { network, nodes, home, attachedTo, setRoutes } = setUp(0);
    home.start();
    await network.clock.advance(100);
    setRoutes([1, 2]);
    home.homesChanged();
    await network.clock.advance(100);
    expect(['b', 'c']).toContain(attachedTo());
    expect(nodes[0]!.link.closedWith).toBe(1000);
  });

  it('LNKC-11: nothing is left after stop() in the middle of it all', async () => {
    for (const ms of [0, 1, 2, 3, 5, 8]) {
      const { network, home } = setUp();
      network.latencyMs = 1;
      home.start();
      await network.clock.advance(ms);
      const stopped = home.stop();
      await network.clock.advance(5);
      await stopped;
      const dialled = network.dialled.length;
      await network.clock.advance(60_000);
      expect([network.dialled.length, network.clock.timers, home.state.state]).toEqual([dialled, 0, 'stopped']);
      // One that was opened after its dial was given up is nobody's.
      expect(network.sockets.filter(({ closedWith, sent }) => closedWith === null && sent.length > 0)).toEqual([]);
    }
  });
});
