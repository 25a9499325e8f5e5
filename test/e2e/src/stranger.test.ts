import { parseAddress } from '@sotto/protocol/identity';
import { DEFAULT_QUOTA } from '@sotto/protocol/mailbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Playground } from './processes.ts';
import { startRecordingNode, type RecordingNode } from './recording-node.ts';
import { WatchedPerson } from './watched-person.ts';

let playground: Playground;
let node: RecordingNode;
let anna: WatchedPerson;
let stranger: WatchedPerson;

beforeAll(async () => {
  playground = await Playground.create();
  node = await startRecordingNode(playground.path('node'));
  anna = await WatchedPerson.create('Anna', playground.path('anna'), { node: node.url });
  stranger = await WatchedPerson.create('Stranger', playground.path('stranger'), { node: node.url });
  await anna.close();
}, 120_000);
afterAll(async () => {
  await Promise.all([anna.dispose(), stranger.dispose()]);
  await node.close();
  await playground.dispose();
});

describe('TM-16: a stranger who knows an address', () => {
  const LANE = 64;
  const states = async (): Promise<string[]> => (await stranger.messages(anna.address)).map(({ state }) => state);

  it('has room for 64 envelopes; what is above waits, and says why', async () => {
    await stranger.engine.add({ to: anna.address });
    for (let number = 0; number <= LANE; number++) {
      await stranger.engine.send({ to: anna.address, text: `number ${number}` });
    }
    await stranger.until(async () => (await states()).filter((state) => state === 'stored').length === LANE);
    await stranger.until(async () => (await stranger.messages(anna.address)).at(-1)?.problem !== undefined);
    expect((await stranger.messages(anna.address)).at(-1)).toMatchObject({
      state: 'waiting',
      problem: expect.stringContaining('mailbox is full') as string,
    });
    expect(DEFAULT_QUOTA.stranger).toMatchObject({ envelopes: LANE });
  });

  it('learns her devices and their public keys, and gets no one-time keys', () => {
    const bundles = node.record.told.flatMap(({ frame: { body } }) => (body.case === 'bundles' ? [body.value] : []));
    expect(bundles.length).toBeGreaterThan(0);
    for (const { deviceList, bundles: ofDevices } of bundles) {
      expect(deviceList).toBeDefined();
      expect(ofDevices.map(({ device, oneTime }) => [device, oneTime])).toEqual([[1, undefined]]);
    }
    const claims = node.record.stored.filter(({ verb }) => verb === 'claimBundles');
    expect(claims.map(({ args }) => args[2])).toEqual(claims.map(() => false));
  });

  it('hears nothing from her until she accepts, then that everything came', async () => {
    await anna.open();
    const requests = async () => await anna.engine.contacts({ status: 'request' });
    await anna.until(async () => (await requests()).length > 0);
    expect((await requests()).map(({ address }) => address)).toEqual([stranger.address]);
    await anna.until(async () => (await anna.messages(stranger.address)).length > LANE);
    // Receipts would be on their way within 1.2 s.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const key = Buffer.from(parseAddress(stranger.address));
    const toStranger = node.record.frames.filter(
      ({ frame: { body } }) => body.case === 'send' && key.equals(body.value.mailbox),
    );
    expect(toStranger).toEqual([]);
    await anna.engine.updateContact({ address: stranger.address, status: 'accepted' });
    await stranger.until(async () => (await states()).every((state) => state === 'delivered'));
    // What did not fit is tried again after a minute at the latest.
  }, 150_000);
});
