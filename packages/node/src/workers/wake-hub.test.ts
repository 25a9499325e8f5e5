import { RefusalCode } from '@sotto/protocol/wire';
import { describe, expect, test } from 'vitest';
import { nodeClock } from '../server/node-clock.ts';
import { describeWake } from '../wake/wake.contract.ts';
import type { Edge } from '../wake/wake.ts';
import { BatchChannel } from './batch-channel.ts';
import { socketPair } from './socket-pair.fixture.ts';
import { WakeHub } from './wake-hub.ts';
import { WakeProxy } from './wake-proxy.ts';

const ALICE = { mailbox: new Uint8Array(32).fill(1), device: 1 };
const NOBODY = { mailbox: new Uint8Array(32), device: 1 };
const EMPTY = { expires: 1, body: new Uint8Array(0) };

async function workerOf(hub: WakeHub) {
  const [near, far] = await socketPair();
  const channel = new BatchChannel(near);
  hub.add(new BatchChannel(far));
  return { wake: new WakeProxy(channel, null), channel, near, far };
}

const silentEdge: Edge = {
  attachments: () => [],
  stored: () => {},
  replaced: () => {},
  accessChanged: () => {},
  keysTaken: () => {},
  live: () => true,
  deliver: () => new Promise(() => {}),
  resumed: () => {},
};

describeWake(
  'workers of one machine',
  async () => {
    const hub = new WakeHub(nodeClock);
    const workers = [await workerOf(hub), await workerOf(hub), await workerOf(hub)] as const;
    const wakes = [workers[0].wake, workers[1].wake, workers[2].wake] as const;
    const settle = async (): Promise<void> => {
      // There and back, twice: what one said is with the others by then.
      for (let time = 0; time < 2; time++) for (const wake of wakes) await wake.live(NOBODY, EMPTY);
    };
    return {
      wakes,
      until: async (holds) => {
        while (!holds()) await settle();
      },
      settle,
      dispose: () => {
        for (const { near } of workers) near.destroy();
        return Promise.resolve();
      },
    };
  },
  { delivers: true, sharesRates: true },
);

describe('workers that die', () => {
  test('OPS-43: whoever was attached at it is nowhere; what it was to deliver may have come or not', async () => {
    const hub = new WakeHub(nodeClock);
    const [one, other] = [await workerOf(hub), await workerOf(hub)];
    one.wake.join(silentEdge);
    other.wake.join(silentEdge);
    await other.wake.attached({ ...ALICE, serial: 1 });
    expect(hub.attached).toBe(1);
    const delivered = one.wake.deliver(ALICE, { ...EMPTY, tokenHash: null });
    await one.wake.live(NOBODY, EMPTY);
    other.near.destroy();
    expect(await delivered).toBe(RefusalCode.NOT_DELIVERED);
    expect(hub.attached).toBe(0);
    expect(await one.wake.deliver(ALICE, { ...EMPTY, tokenHash: null })).toBe(RefusalCode.NOT_ATTACHED);
    one.near.destroy();
  });

  test('OPS-43: who was told where a device is is told when it is there no more, however it went', async () => {
    const hub = new WakeHub(nodeClock);
    const workers = [await workerOf(hub), await workerOf(hub), await workerOf(hub)];
    const heard = [0, 0, 0];
    for (const [at, { wake }] of workers.entries()) {
      const live = (): boolean => {
        heard[at]! += 1;
        return true;
      };
      wake.join({ ...silentEdge, live });
    }
    const [one, other, third] = workers.map(({ wake }) => wake);
    const settle = async (): Promise<void> => {
      for (let time = 0; time < 2; time++)
        for (const { wake } of workers) await wake.deliver(NOBODY, { ...EMPTY, tokenHash: null });
    };
    await other!.attached({ ...ALICE, serial: 1 });
    expect([await one!.live(ALICE, EMPTY), await one!.live(ALICE, EMPTY)]).toEqual([true, true]);
    await third!.attached({ ...ALICE, serial: 1 });
    await settle();
    expect([await one!.live(ALICE, EMPTY), await one!.live(ALICE, EMPTY)]).toEqual([true, true]);
    await settle();
    expect(heard).toEqual([0, 2, 2]);
    third!.detached({ ...ALICE, serial: 1 });
    await settle();
    expect(await one!.live(ALICE, EMPTY)).toBe(false);
    await other!.attached({ ...ALICE, serial: 2 });
    expect(await one!.live(ALICE, EMPTY)).toBe(true);
    workers[1]!.near.destroy();
    await expect.poll(() => one!.live(ALICE, EMPTY)).toBe(false);
    for (const { near } of workers) near.destroy();
  });

  test('OPS-43: without the process that started it a worker waits for nothing', async () => {
    const { wake, far, near } = await workerOf(new WakeHub(nodeClock));
    wake.join(silentEdge);
    far.destroy();
    await expect.poll(() => near.destroyed).toBe(true);
    await wake.attached({ ...ALICE, serial: 1 });
    expect(await wake.live(ALICE, EMPTY)).toBe(false);
    expect(await wake.deliver(ALICE, { ...EMPTY, tokenHash: null })).toBe(RefusalCode.NOT_DELIVERED);
  });

  test('OPS-43: a worker that does not read misses what is said, and is told so when it reads again', async () => {
    const hub = new WakeHub(nodeClock);
    const [one, other] = [await workerOf(hub), await workerOf(hub)];
    let [heard, resumed] = [0, 0];
    one.wake.join(silentEdge);
    other.wake.join({
      ...silentEdge,
      live: () => {
        heard += 1;
        return true;
      },
      resumed: () => {
        resumed += 1;
      },
    });
    await other.wake.attached({ ...ALICE, serial: 1 });
    other.near.pause();
    const body = new Uint8Array(48_000);
    for (let sent = 0; sent < 1000; sent++) {
      await one.wake.live(ALICE, { expires: 1, body });
      await one.wake.deliver(NOBODY, { ...EMPTY, tokenHash: null });
    }
    expect(await one.wake.deliver(ALICE, { ...EMPTY, tokenHash: null })).toBe(RefusalCode.BUSY);
    expect([heard, resumed]).toEqual([0, 0]);
    other.near.resume();
    await expect.poll(() => resumed, { timeout: 20_000 }).toBe(1);
    expect(heard).toBeGreaterThan(100);
    expect(heard).toBeLessThan(1000);
    one.near.destroy();
    other.near.destroy();
  });
});
