import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CLOSE } from '@sotto/protocol/link';
import { AnnouncementSchema, FindSchema, FoundSchema, MAX_PACKET, RefusalCode, create } from '@sotto/protocol/wire';
import type { Frame, FrameBody, SendFrame } from '@sotto/protocol/wire';
import type { ConnectionError } from './connection-error.ts';
import { expectAnswer } from './expect-answer.ts';
import type { NodeLink, NodeNews } from './node-link.ts';
import { openLink } from './open-link.ts';
import type { FakeLink, FakeNode } from './testing/fake-node.ts';
import { VirtualNetwork } from './testing/virtual-network.ts';

const find: FrameBody = { case: 'find', value: create(FindSchema, { token: '' }) };
const send = (size: number): { case: 'send'; value: SendFrame } => ({
  case: 'send',
  value: {
    mailbox: new Uint8Array(32).fill(1),
    device: 1,
    expires: 1_800_000_000,
    body: new Uint8Array(size),
    capability: new Uint8Array(0),
    requestToken: new Uint8Array(0),
    live: false,
  },
});

describe('NodeLink', () => {
  let network: VirtualNetwork;
  let node: FakeNode;
  let link: NodeLink;
  let remote: FakeLink;
  let news: NodeNews[];
  let ends: ConnectionError[];

  beforeEach(async () => {
    network = new VirtualNetwork();
    node = network.node('ws://node.example');
    // Silent but for pings, unless a test says otherwise.
    node.answer = (from, { request, body }) => {
      if (body.case === 'ping') from.send({ request, body: { case: 'pong', value: {} } });
    };
    news = [];
    ends = [];
    const opening = openLink({
      platform: network.platform,
      route: network.routeTo(node),
      url: node.url,
      cipher: null,
      proof: { identity: network.identity() },
      events: { onNews: (item) => news.push(item), onEnd: (error) => ends.push(error) },
    });
    await network.clock.advance(10);
    link = await opening.link;
    remote = node.link;
  });

  describe('several answers', () => {
    const stored = (request: number, from: number): Frame => ({
      request: 0,
      body: {
        case: 'stored',
        value: {
          at: 1,
          leaves: 1,
          signature: new Uint8Array(64),
          items: [{ request, leaf: 0, path: new Uint8Array(0) }],
          node: new Uint8Array(32).fill(from),
        },
      },
    });
    const homeOf = (answer: FrameBody): number | undefined =>
      answer.case === 'stored' ? answer.value.node[0] : undefined;
    const ask = (wait: (from: number | undefined) => number) => {
      const heard: (number | undefined)[] = [];
      const more = (answer: FrameBody): number => {
        heard.push(homeOf(answer));
        return wait(homeOf(answer));
      };
      return { heard, end: outcome(link.request(send(100), { more })) };
    };
    const outcome = (answer: Promise<FrameBody>): Promise<number | string | undefined> =>
      answer.then(homeOf, (error: ConnectionError) => error.code);

    it('RING-70: each is passed on as it comes, and the one that says so is the last', async () => {
      const { heard, end } = ask((from) => (from === 3 ? 0 : 1000));
      await network.clock.settle();
      const { request } = remote.all('send')[0]!;
      remote.send(stored(request, 1), stored(request, 2));
      await network.clock.advance(900);
      remote.send(stored(request, 3), stored(request, 4));
      await network.clock.settle();
      expect(await end).toBe(3);
      expect(heard).toEqual([1, 2, 3]);
      expect(link.inFlight).toBe(0);
    });

    it('RING-70: one that does not come is waited for no longer than it was said, and frees its place', async () => {
      const { heard, end } = ask(() => 400);
      await network.clock.settle();
      remote.send(stored(remote.all('send')[0]!.request, 1));
      await network.clock.advance(399);
      expect(link.inFlight).toBe(1);
      await network.clock.advance(2);
      expect(link.inFlight).toBe(0);
      expect(await end).toBe(1);
      expect(heard).toEqual([1]);
    });

    it('RING-70: a refusal after an answer, the end of the link and the time-out of the request end it', async () => {
      const [refused, endless, late] = [ask(() => 5000), ask(() => 100_000), ask(() => 5000)];
      await network.clock.settle();
      const [first, second, third] = remote.all('send').map(({ request }) => request);
      remote.send(stored(first!, 1), stored(second!, 1), stored(third!, 1));
      remote.send({ request: first!, body: { case: 'refusal', value: { code: RefusalCode.QUOTA, retryMs: 7 } } });
      await network.clock.settle();
      expect(await refused.end).toBe('refused');
      await network.clock.advance(3000);
      remote.socket.close(4500);
      await network.clock.settle();
      expect(await late.end).toBe('disconnected');
      expect(await endless.end).toBe('disconnected');
    });
  });

  it('LNKC-1: each answer reaches its request, in whatever order they come', async () => {
    const count = 20;
    const answers = Array.from({ length: count }, () => link.request(find));
    await network.clock.settle();
    const requests = remote.all('find').map(({ request }) => request);
    expect(new Set(requests).size).toBe(count);
    for (const request of requests.toReversed()) {
      const value = create(FoundSchema, { present: [{ account: new Uint8Array(32), name: String(request) }] });
      remote.send({ request, body: { case: 'found', value } });
    }
    await network.clock.settle();
    const names = (await Promise.all(answers)).map((answer) => expectAnswer(answer, 'found').present[0]?.name);
    expect(names).toEqual(requests.map(String));
    expect(() => expectAnswer({ case: 'done', value: {} }, 'found')).toThrow(
      expect.objectContaining({ code: 'protocol' }),
    );
  });

  it('LNKC-1: receipts of one commit answer each its own request', async () => {
    const answers = [1, 2, 3].map(() => link.request(send(2048)));
    await network.clock.settle();
    const items = remote
      .all('send')
      .map(({ request }, leaf) => ({ request, leaf, path: new Uint8Array(64).fill(leaf) }));
    const signature = new Uint8Array(64).fill(5);
    remote.news({ case: 'stored', value: { at: 1234, leaves: 3, signature, items, node: new Uint8Array(0) } });
    await network.clock.settle();
    const receipts = (await Promise.all(answers)).map((answer) => expectAnswer(answer, 'stored'));
    expect(receipts.map((receipt) => receipt.items)).toEqual(items.map((item) => [item]));
    expect(receipts[1]).toMatchObject({ at: 1234, leaves: 3, signature });
  });

  it('LNKC-1: a refusal rejects with its code and whether and when to try again', async () => {
    const answers = [link.request(find), link.request(find)];
    await network.clock.settle();
    const [busy, no] = remote.all('find');
    const refuse = (request: number, code: RefusalCode, retryMs: number): void => {
      remote.send({ request, body: { case: 'refusal', value: { code, retryMs } } });
    };
    refuse(busy?.request ?? 0, RefusalCode.BUSY, 900);
    refuse(no?.request ?? 0, RefusalCode.UNSUPPORTED, 0);
    const outcomes = Promise.allSettled(answers);
    await network.clock.settle();
    expect((await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason)).toMatchObject([
      { code: 'refused', refusal: RefusalCode.BUSY, retry: true, retryMs: 900 },
      { code: 'refused', refusal: RefusalCode.UNSUPPORTED, retry: false, retryMs: 0 },
    ]);
  });

  it('LNKC-1: answers to nobody, late or invented, change nothing', async () => {
    const answer = link.request(find, { timeoutMs: 1000 });
    answer.catch(() => undefined);
    await network.clock.advance(1001);
    await expect(answer).rejects.toMatchObject({ code: 'timeout', retry: true });
    remote.send({ request: remote.all('find')[0]?.request ?? 0, body: { case: 'done', value: {} } });
    remote.send({ request: 4_000_000_000, body: { case: 'done', value: {} } });
    remote.send({ request: 0, body: { case: 'done', value: {} } });
    await network.clock.settle();
    expect([link.ended, news, ends]).toEqual([false, [], []]);
  });

  it('LNKC-2: never more than 64 requests or 1 MB without an answer; the rest follow in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(2048, 16_384, 49_152), { minLength: 1, maxLength: 150 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
        async (sizes, steps) => {
          const start = remote.all('send').length;
          const done: number[] = [];
          for (const [i, size] of sizes.entries()) void link.request(send(size)).then(() => done.push(i));
          let answered = 0;
          let step = 0;
          while (answered < sizes.length) {
            await network.clock.settle();
            const inFlight = remote.all('send').slice(start + answered);
            const bytes = inFlight.reduce((sum, { value }) => sum + value.body.length, 0);
            expect(inFlight.length).toBeGreaterThan(0);
            expect(inFlight.length).toBeLessThanOrEqual(64);
            expect(bytes).toBeLessThanOrEqual(1 << 20);
            const count = steps[step++ % steps.length] ?? 1;
            for (const { request } of inFlight.slice(0, count)) {
              remote.send({ request, body: { case: 'delivered', value: {} } });
              answered++;
            }
          }
          await network.clock.settle();
          expect(done).toEqual(sizes.map((_, i) => i));
          expect(
            remote
              .all('send')
              .slice(start)
              .map(({ value }) => value.body.length),
          ).toEqual(sizes);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('LNKC-2: what does not fit the queue is refused at once, what waits too long was not sent', async () => {
    const all = Array.from({ length: 5000 }, () => link.request(find, { timeoutMs: 1000 }));
    const outcomes = Promise.allSettled(all);
    await network.clock.advance(1001);
    const codes = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as ConnectionError).code : 'answered',
    );
    expect(codes.filter((code) => code === 'timeout')).toHaveLength(64);
    expect(codes.filter((code) => code === 'busy')).toHaveLength(5000 - 64);
    expect(remote.all('find')).toHaveLength(64);
    expect(network.clock.timers).toBe(1);
  });

  it('LNKC-3: the frames of one turn share packets, which never exceed their limits', async () => {
    for (let i = 0; i < 64; i++) void link.request(find).catch(() => undefined);
    await network.clock.settle();
    expect(remote.packets).toEqual([64]);
    for (let i = 0; i < 3; i++) expect(link.post(send(30_000))).toBe(true);
    await network.clock.settle();
    expect(remote.packets).toEqual([64, 2, 1]);
    expect(Math.max(...network.sockets.at(-1)!.sent.map(({ length }) => length))).toBeLessThanOrEqual(MAX_PACKET + 16);
  });

  it('LNKC-3: posts want no answer, and are dropped while the socket is full', async () => {
    expect(link.post(send(2048))).toBe(true);
    network.sockets.at(-1)!.bufferedBytes = 2 << 20;
    expect(link.post(send(2048))).toBe(false);
    await network.clock.settle();
    expect(remote.all('send').map(({ request }) => request)).toEqual([0]);
  });

  it('LNKC-6: when the link ends, requests say whether they were on the wire', async () => {
    const answers = Promise.allSettled(Array.from({ length: 70 }, () => link.request(find)));
    await network.clock.settle();
    remote.news({ case: 'closing', value: { retryMs: 321 } });
    remote.socket.close(CLOSE.goingAway.code);
    await network.clock.settle();
    const errors = (await answers).map((outcome) => (outcome as PromiseRejectedResult).reason as ConnectionError);
    expect(errors.filter(({ code }) => code === 'disconnected')).toHaveLength(64);
    expect(errors.filter(({ code }) => code === 'offline')).toHaveLength(6);
    expect(ends).toMatchObject([{ code: 'going-away', retryMs: 321 }]);
    await expect(link.request(find)).rejects.toMatchObject({ code: 'offline' });
    expect(link.post(find)).toBe(false);
    expect(network.clock.timers).toBe(0);
  });

  it('LNKC-7: a pong answers the ping of the node', async () => {
    remote.send({ request: 77, body: { case: 'ping', value: {} } });
    await network.clock.settle();
    expect(remote.all('pong')).toEqual([{ request: 77, value: {} }]);
  });

  it('LNKC-7: while an answer is owed the node is asked after 15 s, and left after 10 s more', async () => {
    const answer = link.request(find, { timeoutMs: 60_000 });
    answer.catch(() => undefined);
    await network.clock.settle();
    network.sockets.at(-1)!.cut = true;
    await network.clock.advance(40_000);
    await expect(answer).rejects.toMatchObject({ code: 'disconnected' });
    expect(ends).toMatchObject([{ code: 'unreachable' }]);
  });

  it('LNKC-8: news are passed on in order', async () => {
    const text = create(AnnouncementSchema, { text: 'hello', signature: new Uint8Array(64) });
    const deliver: Frame = {
      request: 0,
      body: { case: 'deliver', value: { expires: 5, body: new Uint8Array(9), live: true } },
    };
    remote.send(deliver, { request: 0, body: { case: 'announcement', value: text } }, deliver);
    await network.clock.settle();
    expect(news.map((item) => item.case)).toEqual(['deliver', 'announcement', 'deliver']);
  });

  it('LNKC-9: a changed message, or a frame that only clients send, closes the link', async () => {
    remote.news(find);
    await network.clock.settle();
    expect(ends).toMatchObject([{ code: 'protocol' }]);
    expect(remote.closedWith).toBe(CLOSE.malformed.code);
  });

  it('LNKC-9: a message that was changed on the way closes the link', async () => {
    remote.socket.send(new Uint8Array(40));
    await network.clock.settle();
    expect(ends).toMatchObject([{ code: 'protocol' }]);
    expect(remote.closedWith).toBe(CLOSE.malformed.code);
  });

  it('LNKC-11: close() ends it once, with everything that was asked of it', async () => {
    const answer = link.request(find);
    answer.catch(() => undefined);
    const closed = link.close();
    void link.close();
    await network.clock.settle();
    await closed;
    await expect(answer).rejects.toMatchObject({ code: 'disconnected' });
    expect(remote.all('find')).toHaveLength(1);
    expect(ends.map(({ code }) => code)).toEqual(['closed']);
    expect(remote.closedWith).toBe(1000);
    expect(network.clock.timers).toBe(0);
  });
});
