import { create, FindSchema, FoundSchema, TunnelCloseSchema, TunnelDataSchema } from '@sotto/protocol/wire';
import type { Frame, FrameBody } from '@sotto/protocol/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DescriptorCache } from '../connection/index.ts';
import type { ConnectionError } from '../connection/index.ts';
import type { FakeLink, FakeNode } from '../connection/testing/fake-node.ts';
import { VirtualNetwork } from '../connection/testing/virtual-network.ts';
import { toHex } from '../store/hex.ts';
import { FakeEntry } from './testing/fake-entry.ts';
import { fakeMember } from './testing/fake-ring.ts';
import { TunnelledLinks } from './tunnelled-links.ts';
import { TunnelSocket } from './tunnel-socket.ts';
import type { RingMember } from '@sotto/protocol/ring';

const mailbox = new Uint8Array(32).fill(0x6d);
const send = (size: number): FrameBody => ({
  case: 'send',
  value: {
    mailbox,
    device: 1,
    expires: 1_800_000_000,
    body: new Uint8Array(size).fill(0x62),
    capability: new Uint8Array(16).fill(0x63),
    requestToken: new Uint8Array(0),
    live: false,
  },
});
const find: FrameBody = { case: 'find', value: create(FindSchema, { token: '' }) };

describe('a tunnel', () => {
  let network: VirtualNetwork;
  let entry: FakeEntry;
  let home: FakeNode;
  let links: TunnelledLinks;
  const noCache: DescriptorCache = { load: () => null, save: () => undefined };

  beforeEach(() => {
    network = new VirtualNetwork();
    entry = new FakeEntry(network, 'ws://entry');
    home = network.node('ws://home', { network: entry.node.network });
    entry.targets.set(toHex(home.nodeId), home);
    home.answer = (link, { request, body }) => {
      if (request !== 0)
        link.send({ request, body: body.case === 'find' ? found('there') : { case: 'done', value: {} } });
    };
    links = new TunnelledLinks({ platform: network.platform, cipher: null, descriptors: noCache });
  });

  const found = (name: string): FrameBody => ({
    case: 'found',
    value: create(FoundSchema, { present: [{ account: mailbox, name }] }),
  });
  const memberOf = (node: FakeNode): RingMember => ({
    ...fakeMember({ linkKey: node.linkKey, urls: [node.url] }),
    node: node.nodeId,
    key: toHex(node.nodeId),
  });
  const through = (recipient = 'r') => links.to(entry.node.network, memberOf(entry.node), memberOf(home), recipient);
  const outcome = (answer: Promise<FrameBody>): Promise<string> =>
    answer.then(
      ({ case: kind }) => kind,
      (error: ConnectionError) => error.code,
    );

  it('RING-74: carries an anonymous link of its own to the home; both ends of it authenticate each other alone', async () => {
    const answer = outcome(through().request(find));
    await network.clock.advance(50);
    expect(await answer).toBe('found');
    expect(home.link.subprotocol).toBe('sotto.1.Noise_NK_25519_ChaChaPoly_SHA256');
    expect(home.link.certificate).toBeNull();
    expect(home.link.all('find')).toHaveLength(1);
    // Neither was asked for its descriptor: the link keys are in the view.
    expect([entry.node.descriptorsAsked, home.descriptorsAsked]).toEqual([0, 0]);
    expect(network.dialled.map(({ url }) => url)).toEqual(['ws://entry']);
  });

  it('RING-74: an entry that answers in the place of the home is found out', async () => {
    const impostor = network.node('ws://impostor', { network: entry.node.network });
    entry.targets.set(toHex(home.nodeId), impostor);
    const answer = outcome(through().request(find));
    await network.clock.advance(30_000);
    expect(['handshake', 'unreachable', 'wrong-node']).toContain(await answer);
    expect(impostor.links).toEqual([]);
  });

  it('TM-80: the entry sees which node, and sizes; not the mailbox, nor anything that is asked', async () => {
    const sizes = [2048, 49_152];
    for (const size of sizes) {
      void through().request(send(size));
      await network.clock.advance(50);
    }
    const frames = entry.seen.flatMap(({ frame }) => (frame === undefined ? [] : [frame]));
    expect(new Set(frames.map(({ body }) => body.case))).toEqual(new Set(['tunnelOpen', 'tunnelData']));
    const opened = frames.flatMap(({ body }) => (body.case === 'tunnelOpen' ? [body.value] : []));
    expect(opened.map(({ node }) => toHex(node))).toEqual([toHex(home.nodeId)]);
    const bytes = frames.flatMap(({ body }) => (body.case === 'tunnelData' ? [toHex(body.value.data)] : []));
    const telling = ['6d', '62', '63'].map((byte) => byte.repeat(8));
    expect(telling.filter((run) => bytes.some((data) => data.includes(run)))).toEqual([]);
    // It sees no more of an envelope than its size.
    expect(bytes.slice(1).map((data) => Math.floor(data.length / 2 / 2048))).toEqual(sizes.map((size) => size / 2048));
    expect(home.link.all('send').map(({ value }) => value.body.length)).toEqual(sizes);
  });

  it('RING-74: what concerns two people goes through two tunnels, each on a link of its own', async () => {
    void through('a').request(find);
    void through('b').request(find);
    void through('b').request(find);
    await network.clock.advance(50);
    expect(entry.node.links).toHaveLength(2);
    expect(home.links).toHaveLength(2);
    expect(entry.node.links.map((link) => link.all('tunnelOpen').length)).toEqual([1, 1]);
  });

  it('RING-74: messages come whole, in however many pieces', async () => {
    entry.pieceBytes = 7;
    home.answer = (link: FakeLink, { request }: Frame) => link.send({ request, body: found('x'.repeat(60)) });
    const answer = through().request(find);
    await network.clock.advance(50);
    expect((await answer).value).toMatchObject({ present: [{ name: 'x'.repeat(60) }] });
  });

  it('RING-74: one that grows beyond a message is given up', async () => {
    home.answer = () => undefined;
    const answer = outcome(through().request(find));
    await network.clock.advance(50);
    const value = { $typeName: 'sotto.v1.TunnelData' as const, tunnel: 1, data: new Uint8Array(40_000), more: true };
    entry.node.link.send({ request: 0, body: { case: 'tunnelData', value } });
    entry.node.link.send({ request: 0, body: { case: 'tunnelData', value } });
    await network.clock.advance(50);
    expect(await answer).toBe('disconnected');
    expect(entry.open).toBe(0);
  });

  it('RING-74: one in very many small pieces is given up: each holds more than it counts', async () => {
    home.answer = () => undefined;
    const answer = outcome(through().request(find));
    await network.clock.advance(50);
    const value = { $typeName: 'sotto.v1.TunnelData' as const, tunnel: 1, data: new Uint8Array(1), more: true };
    for (let piece = 0; piece < 65; piece++) {
      entry.node.link.send({ request: 0, body: { case: 'tunnelData', value } });
    }
    await network.clock.advance(50);
    expect(await answer).toBe('disconnected');
    expect(entry.open).toBe(0);
  });

  it('RING-74: ends with either link, and takes the other with it', async () => {
    const cut = outcome(through().request(send(2048)));
    home.answer = () => undefined;
    await network.clock.advance(50);
    entry.node.link.socket.close(4503);
    await network.clock.advance(50);
    expect(await cut).toBe('disconnected');

    const closed = outcome(through('c').request(send(2048)));
    await network.clock.advance(2000);
    home.link.socket.close(4503);
    await network.clock.advance(50);
    expect(await closed).toBe('disconnected');
    expect(entry.node.link.closedWith).toBe(1000);
  });

  it('RING-74: a home that the entry does not reach, and an entry that is not reached, are told apart from a refusal', async () => {
    entry.targets.clear();
    const notReached = outcome(through().request(find));
    await network.clock.advance(20_000);
    expect(await notReached).toBe('not-reached');
    network.nodes.delete('ws://entry');
    const noEntry = outcome(through('d').request(find));
    await network.clock.advance(20_000);
    expect(await noEntry).toBe('unreachable');
  });

  it.each(['the tunnel', 'the link'])(
    'RING-76: an entry that has no room for %s does not say that the home is out of reach',
    async (what) => {
      entry.node.answer = (link, { body }) => {
        if (body.case !== 'tunnelOpen') return;
        const value = create(TunnelCloseSchema, { tunnel: body.value.tunnel, code: 4429 });
        link.send({ request: 0, body: { case: 'tunnelClose', value } });
      };
      if (what === 'the link') entry.node.refuseWith = 4429;
      const full = outcome(through().request(find));
      await network.clock.advance(20_000);
      expect(await full).toBe('too-many');
    },
  );

  it('RING-74: what comes while it is paused waits, up to a megabyte', async () => {
    home.answer = () => undefined;
    const put: FrameBody[] = [];
    const carrier = { bufferedBytes: 0, put: (body: FrameBody) => void put.push(body) };
    const socket = new TunnelSocket(1, carrier, () => undefined);
    const [heard, closed]: [number[], number[]] = [[], []];
    socket.onMessage = ({ length }) => void heard.push(length);
    socket.onClose = (code) => void closed.push(code);
    const news = {
      case: 'tunnelData',
      value: create(TunnelDataSchema, { tunnel: 1, data: new Uint8Array(60_000) }),
    } as const;
    socket.pause();
    for (let i = 0; i < 15; i++) socket.hear(news);
    expect(heard).toEqual([]);
    socket.resume();
    expect(heard).toHaveLength(15);
    socket.pause();
    for (let i = 0; i < 17; i++) socket.hear(news);
    expect(closed).toEqual([]);
    socket.hear(news);
    expect([closed, put.map(({ case: kind }) => kind)]).toEqual([[1009], ['tunnelClose']]);
  });

  it('RING-74: is closed when it was not needed for a minute, and leaves nothing open', async () => {
    await Promise.all([through().request(find), network.clock.advance(50)]);
    await network.clock.advance(61_000);
    expect(entry.open).toBe(0);
    expect(entry.node.link.closedWith).toBe(1000);
    expect(network.clock.timers).toBe(0);
  });
});
