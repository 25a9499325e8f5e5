import { noblePrimitives as primitives } from '@sotto/protocol/crypto';
import { partitionOf } from '@sotto/protocol/ring';
import type { FrameBody, Frame } from '@sotto/protocol/wire';
import { describe, expect, it } from 'vitest';
import { VirtualNetwork } from '../connection/testing/virtual-network.ts';
import { VirtualClock } from '../connection/testing/virtual-clock.ts';
import type { NodeRoute } from '../connection/index.ts';
import { toHex } from '../store/hex.ts';
import { RecipientNodes } from './recipient-nodes.ts';
import type { Reach } from './recipient-nodes.ts';
import { FakeEntry } from './testing/fake-entry.ts';
import { fakeMember, fakeView } from './testing/fake-ring.ts';
import { TunnelledLinks } from './tunnelled-links.ts';

const NODES = 10;
const PEOPLE = 1000;
const pong: FrameBody = { case: 'pong', value: {} };

/** Whose message it was, as somebody guesses who was told a node and knows everybody and the view. */
describe('an entry that wants to know to whom its clients write', () => {
  const random = new VirtualNetwork().random;
  const members = Array.from({ length: NODES }, () => fakeMember());
  const view = fakeView(members);
  const route: NodeRoute = { network: random(32), node: members[0]!.node, urls: members[0]!.urls, psk: null };
  const people = Array.from({ length: PEOPLE }, () => random(32));
  const homesOf = new Map(people.map((account) => [account, view.homes(partitionOf(primitives, account)).homes]));
  /** What each entry was told: the far ends of tunnels. */
  let told: { readonly entry: string; readonly node: string }[] = [];
  const nodes = new RecipientNodes({
    platform: { primitives, random, clock: new VirtualClock() },
    views: { known: () => view, viewOf: () => Promise.resolve(view), renew: () => Promise.resolve(view) },
    links: {
      to: () => ({ request: () => Promise.reject(new Error('nobody is asked directly')), post: () => false }),
    },
    tunnels: {
      to: (_, entry, node) => ({
        request: () => {
          told.push({ entry: entry.key, node: node.key });
          return Promise.resolve(pong);
        },
        post: () => false,
      }),
    },
    own: () => ({ account: random(32), route }),
  });

  it('TM-81: one of as many as share a first home; guesses are no better than that', async () => {
    const candidates: number[] = [];
    let hits = 0;
    for (const [index, account] of people.entries()) {
      told = [];
      await (nodes.of(route, account) as Reach).homes[0]!.requests.request(pong);
      const [seen, ...more] = told;
      expect(more).toEqual([]);
      const possible = people.filter((one) => homesOf.get(one)?.[0] === seen!.node);
      expect(possible).toContain(account);
      candidates.push(possible.length);
      if (possible[index % possible.length] === account) hits++;
    }
    expect(Math.min(...candidates)).toBeGreaterThanOrEqual(50);
    expect(hits / PEOPLE).toBeLessThan(0.03);
  });

  it('TM-81: when homes fail, no entry sees two homes of one person', async () => {
    for (const account of people.slice(0, 200)) {
      told = [];
      for (const home of (nodes.of(route, account) as Reach).homes) await home.requests.request(pong);
      expect(new Set(told.map(({ entry }) => entry)).size).toBe(told.length);
      expect(told.map(({ node }) => node)).toEqual(homesOf.get(account));
      expect(told.some(({ entry }) => homesOf.get(account)?.includes(entry))).toBe(false);
    }
  });

  it('TM-82: the home sees the entry’s socket, and no node sees both the sender’s and the mailbox', async () => {
    const network = new VirtualNetwork();
    const entry = new FakeEntry(network, 'ws://entry');
    const home = network.node('ws://home', { network: entry.node.network });
    entry.targets.set(toHex(home.nodeId), home);
    home.answer = (link, { request }) => request !== 0 && link.send({ request, body: { case: 'done', value: {} } });
    const cache = { load: () => null, save: () => undefined };
    const links = new TunnelledLinks({ platform: network.platform, cipher: null, descriptors: cache });
    const memberOf = ({ nodeId, linkKey, url }: typeof home) => ({
      ...fakeMember({ linkKey, urls: [url] }),
      node: nodeId,
      key: toHex(nodeId),
    });
    const mailbox = new Uint8Array(32).fill(0x6d);
    const empty = new Uint8Array(0);
    const value = {
      mailbox,
      device: 1,
      expires: 1,
      body: new Uint8Array(2048),
      capability: empty,
      requestToken: empty,
      live: false,
    };
    const through = links.to(entry.node.network, memberOf(entry.node), memberOf(home), 'r');
    await Promise.all([through.request({ case: 'send', value }), network.clock.advance(50)]);
    const names = (frames: readonly Frame[]): string[] => [...new Set(frames.map(({ body }) => body.case))];
    // Ours is the socket to the entry alone; it holds the mailbox nowhere.
    expect(network.sockets).toHaveLength(1);
    expect(network.dialled.map(({ url }) => url)).toEqual(['ws://entry']);
    expect(names(entry.node.link.received)).toEqual(['tunnelOpen', 'tunnelData']);
    expect(names(home.link.received)).toEqual(['send']);
    expect(home.link.certificate).toBeNull();
  });
});
