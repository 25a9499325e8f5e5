import { describe, expect, it } from 'vitest';
import { CLOSE } from '@sotto/protocol/link';
import { FindSchema, create } from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import { AnonymousLinks } from './anonymous-links.ts';
import type { NodeRoute } from './connection.ts';
import { discoverNode } from './node-discovery.ts';
import type { FakeNode } from './testing/fake-node.ts';
import { VirtualNetwork } from './testing/virtual-network.ts';

const URL = 'ws://their.example';
const find: FrameBody = { case: 'find', value: create(FindSchema, { token: '' }) };

interface World {
  network: VirtualNetwork;
  node: FakeNode;
  links: AnonymousLinks;
  cache: Map<string, Uint8Array>;
}

function setUp(options: { psk?: boolean; idleMs?: number } = {}): World {
  const network = new VirtualNetwork();
  const node = network.node(URL, options.psk === true ? { psk: network.random(32) } : {});
  const cache = new Map<string, Uint8Array>();
  const links = new AnonymousLinks({
    platform: network.platform,
    cipher: null,
    descriptors: {
      load: (id) => cache.get(id.join()) ?? null,
      save: (id, descriptor) => cache.set(id.join(), descriptor),
    },
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
  });
  return { network, node, links, cache };
}

/** Settles virtual time until the call has an outcome. */
async function outcome(network: VirtualNetwork, call: Promise<FrameBody>, ms = 20): Promise<unknown> {
  const result = call.then(
    (answer) => answer.case,
    (error: unknown) => error,
  );
  await network.clock.advance(ms);
  return await Promise.race([result, Promise.resolve('pending')]);
}

describe('AnonymousLinks', () => {
  it('LNKC-10: one link for all requests of a route, opened by the first, and no key of ours on it', async () => {
    const { network, node, links } = setUp();
    const route = network.routeTo(node);
    const calls = Promise.all([1, 2, 3].map(() => links.to({ ...route }, 'ben').request(find)));
    await network.clock.advance(20);
    expect((await calls).map((answer) => answer.case)).toEqual(['done', 'done', 'done']);
    expect(node.links).toHaveLength(1);
    expect(node.link.subprotocol).toBe('sotto.1.Noise_NK_25519_ChaChaPoly_SHA256');
    expect(node.link.certificate).toBe(null);
    expect(node.descriptorsAsked).toBe(1);
    expect(await outcome(network, links.to(route, 'ben').request(find))).toBe('done');
    expect(node.links).toHaveLength(1);
  });

  it('LNKC-10: what concerns two recipients goes over two links', async () => {
    const { network, node, links } = setUp();
    const route = network.routeTo(node);
    const calls = Promise.all(['ben', 'cleo', 'ben'].map((recipient) => links.to(route, recipient).request(find)));
    await network.clock.advance(20);
    expect((await calls).map((answer) => answer.case)).toEqual(['done', 'done', 'done']);
    expect(node.links).toHaveLength(2);
  });

  it('LNKC-10: with a pre-shared key it is NKpsk2', async () => {
    const { network, node, links } = setUp({ psk: true });
    expect(await outcome(network, links.to(network.routeTo(node), 'ben').request(find))).toBe('done');
    expect(node.link.subprotocol).toBe('sotto.1.Noise_NKpsk2_25519_AESGCM_SHA256');
    const wrong = network.routeTo(node, { psk: network.random(32) });
    expect(await outcome(network, links.to(wrong, 'ben').request(find))).toMatchObject({ code: 'wrong-psk' });
  });

  it('LNKC-10: closed when unused for 60 s, opened again when needed, the descriptor from the cache', async () => {
    const { network, node, links } = setUp();
    const their = links.to(network.routeTo(node), 'ben');
    expect(await outcome(network, their.request(find))).toBe('done');
    await network.clock.advance(50_000);
    expect(await outcome(network, their.request(find))).toBe('done');
    await network.clock.advance(59_000);
    expect(node.link.closedWith).toBe(null);
    await network.clock.advance(2000);
    expect(node.link.closedWith).toBe(1000);
    expect(await outcome(network, their.request(find))).toBe('done');
    expect([node.links.length, node.descriptorsAsked]).toEqual([2, 1]);
    await Promise.all([links.close(), network.clock.advance(10)]);
    expect(network.clock.timers).toBe(0);
  });

  it('LNKC-10: not closed while an answer is owed', async () => {
    const { network, node, links } = setUp({ idleMs: 100 });
    node.answer = () => undefined;
    const call = links.to(network.routeTo(node), 'ben').request(find, { timeoutMs: 5000 });
    call.catch(() => undefined);
    await network.clock.advance(4000);
    expect(node.link.closedWith).toBe(null);
    expect(await outcome(network, call, 1200)).toMatchObject({ code: 'timeout' });
    expect(node.link.closedWith).toBe(1000);
  });

  it('LNKC-9: a new link key of the node is found out, another node is not accepted', async () => {
    const { network, node, links } = setUp({ idleMs: 10 });
    const their = links.to(network.routeTo(node), 'ben');
    expect(await outcome(network, their.request(find))).toBe('done');
    await network.clock.advance(100);
    node.changeLinkKey();
    expect(await outcome(network, their.request(find))).toBe('done');
    expect(node.descriptorsAsked).toBe(2);
    await network.clock.advance(100);
    const other = network.node(URL, { network: node.network });
    expect(await outcome(network, their.request(find))).toMatchObject({ code: 'wrong-node', retry: false });
    expect(other.links).toHaveLength(0);
  });

  it('LNKC-9: a descriptor in the cache that is forged or of another node is not used', async () => {
    const { network, node, links, cache } = setUp();
    const other = network.node('ws://other.example');
    cache.set(node.nodeId.join(), other.descriptor());
    expect(await outcome(network, links.to(network.routeTo(node), 'ben').request(find))).toBe('done');
    expect(node.descriptorsAsked).toBe(1);
    const elsewhere: NodeRoute = network.routeTo(node, { network: network.random(32) });
    expect(await outcome(network, links.to(elsewhere, 'ben').request(find))).toMatchObject({ code: 'wrong-node' });
  });

  it('LNKC-5: a node that cannot be reached is not dialled again at once, but after the pause that the error names', async () => {
    const { network, node, links } = setUp();
    const their = links.to(network.routeTo(node), 'ben');
    network.nodes.clear();
    expect(await outcome(network, their.request(find))).toMatchObject({ code: 'unreachable', retry: true });
    const dialled = network.dialled.length;
    const refused = (await outcome(network, their.request(find))) as { code: string; retryMs: number };
    expect(refused.code).toBe('unreachable');
    expect(refused.retryMs).toBeGreaterThan(0);
    expect(network.dialled).toHaveLength(dialled);
    network.nodes.set(URL, node);
    await network.clock.advance(refused.retryMs);
    expect(await outcome(network, their.request(find))).toBe('done');
    node.link.socket.close(1006);
    network.nodes.clear();
    await network.clock.settle();
    await outcome(network, their.request(find));
    network.nodes.set(URL, node);
    links.reconnectNow();
    expect(await outcome(network, their.request(find))).toBe('done');
  });

  it('LNKC-6: a node that sends away is left alone for as long as it said', async () => {
    const { network, node, links } = setUp();
    node.refuseWith = CLOSE.tooMany.code;
    expect(await outcome(network, links.to(network.routeTo(node), 'ben').request(find))).toMatchObject({
      code: 'too-many',
    });
  });

  it('LNKC-2: a request is given up in time while the node does not even answer the dial', async () => {
    const { network, node, links } = setUp();
    network.silent = true;
    const call = links.to(network.routeTo(node), 'ben').request(find, { timeoutMs: 3000 });
    expect(await outcome(network, call, 2999)).toBe('pending');
    expect(await outcome(network, call, 2)).toMatchObject({ code: 'unreachable' });
    await links.close();
    await expect(links.to(network.routeTo(node), 'ben').request(find)).rejects.toMatchObject({ code: 'closed' });
  });

  it('LNKC-2: requests not yet sent when the link ends go over the next one', async () => {
    const { network, node, links } = setUp();
    node.answer = () => undefined;
    const calls = Promise.allSettled(
      Array.from({ length: 70 }, () => links.to(network.routeTo(node), 'ben').request(find)),
    );
    await network.clock.advance(20);
    node.answer = null;
    node.link.socket.close(1006);
    await network.clock.advance(20);
    const codes = (await calls).map((call) =>
      call.status === 'fulfilled' ? call.value.case : (call.reason as { code: string }).code,
    );
    expect(codes.filter((code) => code === 'disconnected')).toHaveLength(64);
    expect(codes.filter((code) => code === 'done')).toHaveLength(6);
  });

  it('LNKC-3: a post opens the link, and posts in a row are bounded while there is none', async () => {
    const { network, node, links } = setUp();
    const their = links.to(network.routeTo(node), 'ben');
    const taken = Array.from({ length: 20 }, () => their.post(find));
    expect(taken.filter(Boolean)).toHaveLength(8);
    await network.clock.advance(20);
    expect(node.link.all('find').map(({ request }) => request)).toEqual(Array(8).fill(0));
    expect(their.post(find)).toBe(true);
    await network.clock.advance(61_000);
    expect(node.link.closedWith).toBe(1000);
  });

  it('LNKC-10: at most 64 links: the one unused for longest goes', async () => {
    const { network, links } = setUp();
    const nodes = Array.from({ length: 66 }, (_, i) => network.node(`ws://n${i}.example`));
    for (const node of nodes)
      expect(await outcome(network, links.to(network.routeTo(node), 'ben').request(find))).toBe('done');
    await network.clock.settle();
    expect(nodes.flatMap((node, i) => (node.link.closedWith === null ? [] : [i]))).toEqual([0, 1]);
  });
});

describe('discoverNode', () => {
  it('LNKC-9: tells who is at a URL, and refuses who is not the pinned one', async () => {
    const { network, node } = setUp();
    const ask = async (pinnedNode: Uint8Array | null, url = URL): Promise<unknown> => {
      const found = discoverNode({ platform: network.platform, url, pinnedNode }).catch((error: unknown) => error);
      await network.clock.advance(20_000);
      return await found;
    };
    expect(await ask(null)).toMatchObject({ node: node.nodeId, network: node.network, capabilities: ['store'] });
    expect(await ask(node.nodeId)).toMatchObject({ node: node.nodeId });
    expect(await ask(new Uint8Array(32))).toMatchObject({ code: 'wrong-node' });
    expect(await ask(null, 'ws://nobody.example')).toMatchObject({ code: 'unreachable' });
    node.refuseWith = CLOSE.goingAway.code;
    expect(await ask(null)).toMatchObject({ code: 'going-away' });
  });
});
