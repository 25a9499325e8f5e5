import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { partitionOf } from '@sotto/protocol/ring';
import type { RingMember, View } from '@sotto/protocol/ring';
import type { FrameBody } from '@sotto/protocol/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../connection/index.ts';
import type { NodeRequests, NodeRoute } from '../connection/index.ts';
import { VirtualClock } from '../connection/testing/virtual-clock.ts';
import { RecipientNodes } from './recipient-nodes.ts';
import type { Reach } from './recipient-nodes.ts';
import { soleView } from './sole-view.ts';
import { fakeMember, fakeView } from './testing/fake-ring.ts';

const network = systemRandom(32);
const own = systemRandom(32);
const ping: FrameBody = { case: 'ping', value: {} };
const pong: FrameBody = { case: 'pong', value: {} };

describe('how an account is reached', () => {
  let clock: VirtualClock;
  let members: RingMember[];
  let view: View;
  let nodes: RecipientNodes;
  /** How each was reached: `direct KEY`, or `ENTRY > KEY`. */
  let ways: string[];
  /** Addresses that were used. */
  let urls: Set<string>;
  let dead: Set<string>;
  /** Entries that say that they do not reach the home, or that they have no room. */
  let saying: Map<string, 'not-reached' | 'too-many'>;
  let renewed: number;
  let ownRoute: NodeRoute | null;

  const routeTo = (member: RingMember): NodeRoute => ({ network, node: member.node, urls: member.urls, psk: null });
  const requests = (way: string, through: readonly string[]): NodeRequests => ({
    request() {
      ways.push(way);
      const said = saying.get(entryOf(way));
      if (said !== undefined) return Promise.reject(new ConnectionError(said, ''));
      const fails = through.some((key) => dead.has(key));
      return fails ? Promise.reject(new ConnectionError('unreachable', '')) : Promise.resolve(pong);
    },
    post: () => true,
  });

  function ring(count: number): void {
    members = Array.from({ length: count }, () => fakeMember());
    view = fakeView(members);
  }

  beforeEach(() => {
    clock = new VirtualClock();
    ways = [];
    urls = new Set();
    dead = new Set();
    saying = new Map();
    renewed = 0;
    ownRoute = null;
    ring(10);
    nodes = new RecipientNodes({
      platform: { primitives, random: systemRandom, clock },
      views: {
        known: (_, bootstrap) => (bootstrap.psk === null ? view : soleView(primitives, bootstrap, null)),
        viewOf: () => Promise.resolve(view),
        renew: () => Promise.resolve((renewed++, view)),
      },
      links: {
        to: (route) => {
          const key = keyOf(route.node);
          for (const url of route.urls) urls.add(url);
          return requests(`direct ${key}`, [key]);
        },
      },
      tunnels: {
        to: (_, entry, node) => {
          for (const url of entry.urls) urls.add(url);
          return requests(`${entry.key} > ${node.key}`, [entry.key, node.key]);
        },
      },
      own: () => ({ account: own, route: ownRoute }),
    });
  });

  const keyOf = (node: Uint8Array): string => members.find((member) => member.node === node)?.key ?? 'sole';
  const bootstrap = (): NodeRoute => routeTo(members[0]!);
  const of = (account: Uint8Array, route = bootstrap()): Reach => nodes.of(route, account) as Reach;
  const ask = async (reach: Reach, index = 0): Promise<string> => {
    ways = [];
    return await reach.homes[index]!.requests.request(ping).then(
      ({ case: kind }) => kind,
      (error: ConnectionError) => error.code,
    );
  };
  const entryOf = (way: string | undefined): string => way?.split(' > ')[0] ?? '';

  it('RING-71: homes in the order of their ranks, then those that stand in, by the view', () => {
    const account = systemRandom(32);
    const placed = view.homes(partitionOf(primitives, account));
    const reach = of(account);
    expect(reach.homes.map(({ key }) => key)).toEqual(placed.homes);
    expect(reach.standIns.map(({ key }) => key)).toEqual(placed.standIns);
  });

  it('RING-71: a home that let others wait is the last to be asked for a minute, or until it is heard', () => {
    const account = systemRandom(32);
    const order = (): string[] => of(account).homes.map(({ key }) => key);
    const [first, second, third] = order();
    nodes.late(first!);
    expect(order()).toEqual([second, third, first]);
    nodes.heard(first!);
    expect(order()).toEqual([first, second, third]);
    nodes.late(first!);
    void clock.advance(61_000);
    return clock.settle().then(() => expect(order()).toEqual([first, second, third]));
  });

  it('RING-75: each home is asked through an entry, two homes through two', async () => {
    const reach = of(systemRandom(32));
    const used: string[] = [];
    for (const index of [0, 1, 2]) {
      expect(await ask(reach, index)).toBe('pong');
      used.push(...ways);
    }
    expect(used.every((way) => way.includes(' > '))).toBe(true);
    expect(new Set(used.map(entryOf)).size).toBe(3);
    expect(used.some((way) => reach.placed.homes.includes(entryOf(way)))).toBe(false);
  });

  it.each([1, 2, 3])('RING-75: a ring of %i is too small for tunnels: its homes are asked directly', async (count) => {
    ring(count);
    const reach = of(systemRandom(32));
    expect(reach.homes).toHaveLength(count);
    for (const index of reach.homes.keys()) {
      await ask(reach, index);
      expect(ways).toEqual([`direct ${reach.homes[index]!.key}`]);
    }
  });

  it('RING-75: own homes are entries only where nobody else is', async () => {
    ownRoute = bootstrap();
    for (let person = 0; person < 30; person++) {
      const mine = new Set(view.homes(partitionOf(primitives, own)).homes);
      const reach = of(systemRandom(32));
      await ask(reach);
      expect(mine.has(entryOf(ways[0]))).toBe(false);
    }
  });

  it('RING-75: the entry stays the same from epoch to epoch, and when other nodes come', async () => {
    const account = systemRandom(32);
    await ask(of(account));
    const before = ways[0];
    view = { ...view, epoch: 2, hash: systemRandom(8) };
    await ask(of(account));
    expect(ways[0]).toBe(before);
    const homes = view.homes(partitionOf(primitives, account));
    const joined = fakeMember();
    view = { ...fakeView([...members, joined], 3), homes: () => homes };
    await ask(of(account));
    expect(ways[0]).toBe(before);
  });

  const entries = (reach: Reach): string[] =>
    members.map(({ key }) => key).filter((key) => !reach.placed.homes.includes(key));

  it('RING-76: a dead entry is replaced by the next, of six', async () => {
    const reach = of(systemRandom(32));
    const used = new Set<string>();
    for (let i = 0; i < 6; i++) {
      expect(await ask(reach)).toBe('pong');
      used.add(entryOf(ways[0]));
      dead.add(entryOf(ways[0]));
      expect(await ask(reach)).toBe('unreachable');
    }
    expect(used.size).toBe(6);
  });

  it('RING-76, TM-85: by the word of two entries of three the home is asked directly, for a while', async () => {
    const reach = of(systemRandom(32));
    await ask(reach);
    dead.add(entryOf(ways[0]));
    for (const key of entries(reach)) saying.set(key, 'not-reached');
    saying.delete(entryOf(ways[0]));
    expect([await ask(reach), await ask(reach)]).toEqual(['unreachable', 'not-reached']);
    expect(await ask(reach)).toBe('pong');
    expect(ways.at(-1)).toBe(`direct ${reach.homes[0]!.key}`);
    saying.clear();
    await ask(reach);
    expect(ways).toEqual([`direct ${reach.homes[0]!.key}`]);
    await clock.advance(601_000);
    await ask(reach);
    expect(ways[0]).toContain(' > ');
  });

  it.each([
    ['are out of reach', () => null],
    ['have no room', () => 'too-many' as const],
    ['have no room, some of them, and the others do not reach it', (i: number) => (i % 3 ? 'not-reached' : 'too-many')],
    ['are out of reach, all but one in three', (i: number) => (i % 3 ? null : ('not-reached' as const))],
  ])('RING-76: nobody shows a home his address because entries %s', async (_, outcome) => {
    const reach = of(systemRandom(32));
    for (let attempt = 0; attempt < 12; attempt++) {
      const said = outcome(attempt);
      saying.clear();
      dead.clear();
      for (const key of entries(reach)) {
        if (said === null) dead.add(key);
        else saying.set(key, said);
      }
      expect(await ask(reach)).toBe(said ?? 'unreachable');
      expect(ways).toEqual([expect.stringContaining(' > ')]);
    }
  });

  it.each([4, 5])('RING-76: nor in a ring of %i because its entries have no room', async (count) => {
    ring(count);
    const reach = of(systemRandom(32));
    for (const key of entries(reach)) saying.set(key, 'too-many');
    for (let attempt = 0; attempt < 6; attempt++) expect(await ask(reach)).toBe('too-many');
  });

  it('RING-76: in a ring of four whose only entry is dead, nobody waits for a second attempt', async () => {
    ring(4);
    const reach = of(systemRandom(32));
    dead.add(members.find(({ key }) => !reach.placed.homes.includes(key))!.key);
    expect(await ask(reach)).toBe('pong');
    expect(ways.at(-1)).toBe(`direct ${reach.homes[0]!.key}`);
  });

  it('RING-76: a home that is dead itself is not asked directly once it is back', async () => {
    ring(4);
    const reach = of(systemRandom(32));
    dead.add(reach.homes[0]!.key);
    expect(await ask(reach)).toBe('unreachable');
    expect(ways.at(-1)).toBe(`direct ${reach.homes[0]!.key}`);
    dead.clear();
    expect(await ask(reach)).toBe('pong');
    expect(ways).toEqual([expect.stringContaining(' > ')]);
  });

  it('RING-80, TM-86: addresses that nodes give for themselves lead into no network that one is not in', () => {
    const inner = ['ws://127.0.0.1:9222', 'ws://192.168.1.1', 'ws://[fe80::1]', 'ws://0x7f.1', 'ws://printer.local'];
    members = Array.from({ length: 10 }, (_, i) => fakeMember({ urls: [`wss://${i}.node.example`, ...inner] }));
    // One has no other address.
    members.push(fakeMember({ urls: inner }));
    view = fakeView(members);
    const at = (url: string): NodeRoute => ({ ...bootstrap(), node: systemRandom(32), urls: [url] });
    const used = (route: NodeRoute): string[] => {
      urls.clear();
      for (let person = 0; person < 5; person++) of(systemRandom(32), route);
      return inner.filter((url) => urls.has(url));
    };
    expect(used(at('wss://home.example'))).toEqual([]);
    expect(urls.size).toBe(10);
    expect(used(at('ws://10.0.0.1'))).toEqual(['ws://192.168.1.1', 'ws://printer.local']);
    expect(used(at('ws://localhost:8080'))).toEqual(inner.filter((url) => url !== 'ws://[fe80::1]'));
    // In the own network no contact says by what one came into it.
    ownRoute = at('wss://home.example');
    expect(used(at('ws://localhost:8080'))).toEqual([]);
  });

  it('RING-71: the node of a private room is asked by the way it was told', async () => {
    const psk = systemRandom(32);
    const reach = of(systemRandom(32), { ...bootstrap(), psk });
    expect(reach.homes).toHaveLength(1);
    await ask(reach);
    expect(ways).toEqual([`direct ${members[0]!.key}`]);
  });

  it('RING-73: a node that is no home has the view looked up again', () => {
    nodes.outdated(bootstrap());
    expect(renewed).toBe(1);
  });
});
