import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { RefusalCode } from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../connection/index.ts';
import { VirtualClock } from '../connection/testing/virtual-clock.ts';
import { fakeMember, fakeReach, FakeRequests, storedBy } from '../ring/testing/fake-ring.ts';
import type { FakeMember, FakeReach } from '../ring/testing/fake-ring.ts';
import { SendRound } from './send-round.ts';
import type { RoundResult } from './send-round.ts';
import type { SendingProblem } from './sending-problem.ts';

const network = systemRandom(32);
const id = systemRandom(32);
const none = new Uint8Array(0);
const body = {
  case: 'send' as const,
  value: {
    mailbox: systemRandom(32),
    device: 1,
    expires: 1,
    body: none,
    capability: none,
    requestToken: none,
    live: false,
  },
};
const refused = (refusal: RefusalCode, retryMs = 0): ConnectionError =>
  new ConnectionError('refused', '', { refusal, retryMs });
const unreachable = new ConnectionError('unreachable', '');
const never = (): Promise<FrameBody> => new Promise(() => undefined);

describe('storing with several homes', () => {
  let clock: VirtualClock;
  let members: FakeMember[];
  let reach: FakeReach;
  const late: string[] = [];

  beforeEach(() => {
    clock = new VirtualClock();
    members = Array.from({ length: 6 }, () => fakeMember());
    reach = fakeReach(members);
    late.length = 0;
  });

  const member = (index: number): FakeMember => members[index]!;
  const home = (index: number): FakeRequests => reach.homes[index]!.requests;
  const standIn = (index: number): FakeRequests => reach.standIns[index]!.requests;
  /** @param as whose receipt it is said to be */
  const receipt = (from: FakeMember, as = from.node, ids: readonly Uint8Array[] = [id]): FrameBody =>
    storedBy(from, network, ids, { at: clock.now(), as });
  /** Passes these on at once, then stays silent, as over a link whose request ends by itself. */
  const answers =
    (...all: readonly FrameBody[]) =>
    async (_: FrameBody, more: (answer: FrameBody) => number): Promise<FrameBody> => {
      for (const answer of all) {
        const waitMs = more(answer);
        if (waitMs === 0) return answer;
        if (answer === all.at(-1)) await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
      }
      return all.at(-1)!;
    };
  const fails = (problem: Error): FakeRequests['answer'] =>
    async function fail() {
      throw problem;
    };

  interface Ended {
    result: RoundResult | SendingProblem | null;
    notHome: number;
  }
  function run(): Ended {
    const ended: Ended = { result: null, notHome: 0 };
    const round = new SendRound({
      primitives,
      clock,
      nodes: { late: (key) => late.push(key), heard: () => undefined },
      reach,
      network,
      id,
      body,
      access: 'capability',
      onReceipt: () => undefined,
      onNotHome: () => ended.notHome++,
    });
    round.run().then(
      (result) => (ended.result = result),
      (error: SendingProblem) => (ended.result = error),
    );
    return ended;
  }
  const keys = (...indexes: readonly number[]): string[] => indexes.map((index) => member(index).key);

  it('RING-72: one receipt does not make it stored, the second does, the third is told later', async () => {
    const later = Promise.withResolvers<FrameBody>();
    home(0).answer = async (_, more) => {
      expect(more(receipt(member(0)))).toBeGreaterThan(0);
      await new Promise<void>((resolve) => void clock.after(50, resolve));
      expect(ended.result).toBeNull();
      more(receipt(member(2)));
      const last = await later.promise;
      expect(more(last)).toBe(0);
      return last;
    };
    const ended = run();
    await clock.advance(49);
    expect(ended.result).toBeNull();
    await clock.advance(2);
    expect(ended.result).toMatchObject({ result: 'stored', nodes: keys(0, 2), of: 3 });
    later.resolve(receipt(member(1)));
    const { later: all } = ended.result as RoundResult & { result: 'stored' };
    expect([...((await all) ?? [])].sort()).toEqual(keys(0, 1, 2).sort());
    expect(home(1).asked.length + home(2).asked.length).toBe(0);
  });

  it('RING-72, TM-83: receipts that are forged, doubled, of strangers, of joiners or of another envelope do not count', async () => {
    const [stranger, joiner] = [fakeMember(), fakeMember({ weight: 0 })];
    reach = fakeReach([...members, joiner], { homes: keys(0, 1, 2), standIns: keys(3, 4, 5) });
    const before = storedBy(member(1), network, [id], { at: clock.now() - 3_600_000 });
    home(0).answer = answers(
      receipt(member(0)),
      receipt(member(0)),
      receipt(stranger, member(1).node),
      receipt(stranger),
      receipt(joiner),
      receipt(member(1), member(1).node, [systemRandom(32)]),
      receipt(member(1), member(2).node),
      before,
    );
    for (const other of [home(1), home(2), standIn(0), standIn(1), standIn(2)]) other.answer = fails(unreachable);
    const ended = run();
    await clock.advance(20_000);
    expect(ended.result).toMatchObject({ problem: 'few-homes', step: 'retry', uncertain: true });
  });

  it('RING-72, TM-83: one home of several that says it delivered has proved nothing; a node alone may say so', async () => {
    home(0).answer = answers({ case: 'delivered', value: { items: [{ request: 1 }] } } as unknown as FrameBody);
    for (const other of [home(1), home(2), standIn(0), standIn(1), standIn(2)]) other.answer = fails(unreachable);
    const ended = run();
    await clock.advance(20_000);
    expect(ended.result).toMatchObject({ problem: 'bad-receipt', step: 'retry' });

    reach = fakeReach([fakeMember()]);
    home(0).answer = answers({ case: 'delivered', value: { items: [{ request: 1 }] } } as unknown as FrameBody);
    const alone = run();
    await clock.settle();
    expect(alone.result).toEqual({ result: 'delivered' });
  });

  it('RING-72: those of one operator are as one where the view has others', async () => {
    members = ['a', 'a', 'b', 'c'].map((operator) => fakeMember({ operator }));
    reach = fakeReach(members);
    home(0).answer = answers(receipt(member(0)), receipt(member(1)));
    home(1).answer = fails(unreachable);
    home(2).answer = never;
    const ended = run();
    await clock.advance(1100);
    expect(ended.result).toBeNull();
    expect(home(1).asked).toEqual([]);
    home(2).answer = answers(receipt(member(2)));
    await clock.advance(200);
    expect(ended.result).toMatchObject({ result: 'stored', nodes: keys(0, 1, 2) });
  });

  it('RING-72: one that stands in counts for a home', async () => {
    home(0).answer = answers(receipt(member(0)), receipt(member(4)));
    const ended = run();
    await clock.settle();
    expect(ended.result).toMatchObject({ result: 'stored', nodes: keys(0, 4), of: 3 });
  });

  it('RING-73: a home that cannot be reached is passed over at once', async () => {
    home(0).answer = fails(unreachable);
    home(1).answer = answers(receipt(member(1)), receipt(member(2)));
    const ended = run();
    await clock.settle();
    expect(ended.result).toMatchObject({ result: 'stored', nodes: keys(1, 2) });
    expect(late).toEqual([]);
  });

  it('RING-73: a home that is silent is waited for 400 ms, noted as late, and still heard', async () => {
    const slow = Promise.withResolvers<void>();
    home(0).answer = async (_, more) => {
      await slow.promise;
      more(receipt(member(0)));
      return receipt(member(0));
    };
    home(1).answer = answers(receipt(member(1)));
    const ended = run();
    await clock.advance(399);
    expect(home(1).asked).toEqual([]);
    await clock.advance(2);
    expect(home(1).asked).toEqual(home(0).asked);
    expect(late).toEqual([member(0).key]);
    slow.resolve();
    await clock.settle();
    expect(ended.result).toMatchObject({ result: 'stored', nodes: keys(1, 0) });
  });

  it('RING-73: with all homes out of reach those that stand in are asked to pass it on', async () => {
    for (const index of [0, 1, 2]) home(index).answer = fails(unreachable);
    standIn(0).answer = answers(receipt(member(3)), receipt(member(1)));
    const ended = run();
    await clock.settle();
    expect(ended.result).toMatchObject({ result: 'stored', nodes: keys(3, 1) });
  });

  it('RING-73, TM-83: one home alone makes no message fail, nor a capability invalid; as many as W do', async () => {
    home(0).answer = fails(refused(RefusalCode.NO_MAILBOX));
    home(1).answer = answers(receipt(member(1)), receipt(member(2)));
    const stored = run();
    await clock.settle();
    expect(stored.result).toMatchObject({ result: 'stored' });

    reach = fakeReach(members);
    home(0).answer = fails(refused(RefusalCode.NOT_ALLOWED));
    for (const other of [home(1), home(2), standIn(0), standIn(1), standIn(2)]) other.answer = fails(unreachable);
    const waits = run();
    await clock.settle();
    expect(waits.result).toMatchObject({ problem: 'unreachable', step: 'retry' });

    reach = fakeReach(members);
    home(0).answer = fails(refused(RefusalCode.NOT_ALLOWED));
    home(1).answer = fails(unreachable);
    home(2).answer = fails(refused(RefusalCode.NOT_ALLOWED));
    const without = run();
    await clock.settle();
    expect(without.result).toMatchObject({ problem: 'not-allowed', step: 'without-capability' });
    expect(standIn(0).asked).toEqual([]);
  });

  it('RING-73: a node that says it is no home has the view looked up again, and others are asked', async () => {
    home(0).answer = fails(refused(RefusalCode.NOT_HOME));
    home(1).answer = answers(receipt(member(1)), receipt(member(2)));
    const ended = run();
    await clock.settle();
    expect(ended).toMatchObject({ notHome: 1, result: { result: 'stored' } });
  });

  it('RING-73: with nobody to ask it is tried again later', async () => {
    reach = { ...fakeReach([fakeMember()]), homes: [], standIns: [] };
    const ended = run();
    await clock.settle();
    expect(ended.result).toMatchObject({ problem: 'unreachable', step: 'retry', uncertain: false });
  });

  it('RING-73: with everybody silent it ends, and may be there or not', async () => {
    for (const requests of [...reach.homes, ...reach.standIns].map((node) => node.requests)) {
      requests.answer = async () => {
        await new Promise<void>((resolve) => void clock.after(10_000, resolve));
        throw new ConnectionError('timeout', '');
      };
    }
    const ended = run();
    await clock.advance(15_000);
    expect(ended.result).toMatchObject({ problem: 'unreachable', step: 'retry', uncertain: true });
    expect(late).toHaveLength(5);
  });

  it('RING-72: a ring of one is asked once, as before, and its word alone counts', async () => {
    members = [fakeMember()];
    reach = fakeReach(members);
    let options: unknown = null;
    const alone = reach.homes[0]!;
    reach = {
      ...reach,
      homes: [
        {
          ...alone,
          requests: Object.assign(new FakeRequests(), {
            request: (_: FrameBody, given: unknown) => {
              options = given;
              return Promise.resolve(receipt(member(0)));
            },
          }),
        },
      ],
    };
    const ended = run();
    await clock.settle();
    expect(ended.result).toMatchObject({ result: 'stored', nodes: keys(0), of: 1, later: null });
    expect(options).toBeUndefined();
    expect(clock.timers).toBe(0);
  });
});
