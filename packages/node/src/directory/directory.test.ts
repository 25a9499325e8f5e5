import { describe, expect, test } from 'vitest';
import { nodePrimitives } from '@sotto/primitives-node';
import { signDeviceList } from '@sotto/protocol/identity';
import { CLOSE } from '@sotto/protocol/link';
import { requestTokenHash } from '@sotto/protocol/mailbox';
import {
  type Bundles,
  CompareStateSchema,
  create,
  FetchBundlesSchema,
  type FrameBody,
  type KeyUpload,
  RefusalCode,
} from '@sotto/protocol/wire';
import type { TestClient } from '../testing/test-client.ts';
import { TestNode } from '../testing/test-node.ts';
import { TestPerson } from '../testing/test-person.ts';

const refused = (code: RefusalCode): FrameBody => ({ case: 'refusal', value: { code, retryMs: 0 } });

function fetch(
  node: TestNode,
  asker: TestClient,
  person: TestPerson,
  shown: { capability?: Uint8Array; requestToken?: Uint8Array; devices?: number[] } = {},
): Promise<FrameBody | undefined> {
  return node.ask(asker, {
    case: 'fetchBundles',
    value: create(FetchBundlesSchema, { account: person.mailbox, ...shown }),
  });
}

function bundlesOf(body: FrameBody | undefined): Bundles {
  if (body?.case !== 'bundles') throw new Error(`answered ${body?.case}`);
  return body.value;
}

describe('publishing', () => {
  test('NODE-30: keys are kept and counted', async () => {
    const node = new TestNode();
    const person = node.person();
    const client = await node.connect(person);
    const answer = await node.ask(client, { case: 'publishKeys', value: person.upload(3, 2) });
    expect(answer).toMatchObject({ case: 'keyCounts', value: { oneTime: 3, oneTimeKyber: 2, deviceListRevision: 1n } });
  });

  test.each<[string, (upload: KeyUpload) => void]>([
    ['a signed prekey', (upload) => void (upload.signedPrekey!.signature[5]! ^= 1)],
    ['a Kyber prekey', (upload) => void (upload.oneTimeKyber[0]!.key[9]! ^= 1)],
    ['a sealing key', (upload) => void (upload.sealKey!.key[9]! ^= 1)],
    ['the device list', (upload) => void (upload.deviceList!.signature[9]! ^= 1)],
    ['no device list the first time', (upload) => delete upload.deviceList],
    ['half of the lasting keys', (upload) => delete upload.sealKey],
  ])('NODE-30: wrong in %s is BAD_KEYS, and nothing is kept', async (_, spoil) => {
    const node = new TestNode();
    const person = node.person();
    const client = await node.connect(person);
    const upload = person.upload(1, 1);
    spoil(upload);
    expect(await node.ask(client, { case: 'publishKeys', value: upload })).toEqual(refused(RefusalCode.BAD_KEYS));
    expect(await fetch(node, await node.connect(null), person)).toEqual(refused(RefusalCode.NO_MAILBOX));
    expect(client.closedWith).toBeNull();
  });

  test('NODE-30: another account’s device list is BAD_KEYS', async () => {
    const node = new TestNode();
    const [person, other] = [node.person(), node.person()];
    const client = await node.connect(person);
    const upload = person.upload(0, 0, other.list);
    expect(await node.ask(client, { case: 'publishKeys', value: upload })).toEqual(refused(RefusalCode.BAD_KEYS));
  });
});

describe('device lists', () => {
  /** An account with two devices; the second one's list follows the first one's. */
  function twoDevices(node: TestNode) {
    const person = node.person();
    const second = new TestPerson(nodePrimitives, node.random, node.clock.now(), person.account.seed, 2);
    Object.assign(second, { account: person.account });
    const both = signDeviceList(nodePrimitives, person.account, {
      certificates: [person.device.certificate, second.device.certificate],
      previous: person.list,
      nowMs: node.clock.now(),
    });
    const alone = signDeviceList(nodePrimitives, person.account, {
      certificates: [person.device.certificate],
      previous: both,
      nowMs: node.clock.now(),
    });
    return { person, second, both, alone };
  }

  test('NODE-30: a list that goes back is refused', async () => {
    const node = new TestNode();
    const { person, both } = twoDevices(node);
    const client = await node.connect(person);
    expect((await node.ask(client, { case: 'publishKeys', value: person.upload(0, 0, both) }))?.case).toBe('keyCounts');
    const back = await node.ask(client, { case: 'publishKeys', value: person.upload(0, 0, person.list) });
    expect(back).toEqual(refused(RefusalCode.BAD_KEYS));
  });

  test('NODE-31: an unlisted device gets nothing; one that leaves the list is closed at once', async () => {
    const node = new TestNode();
    const { person, second, both, alone } = twoDevices(node);
    const [first, other] = [await node.connect(person), await node.connect(second)];
    await node.ask(first, { case: 'publishKeys', value: person.upload(0, 0) });
    expect(await node.attach(other)).toEqual(refused(RefusalCode.NOT_ALLOWED));
    expect(other.closedWith).toBe(CLOSE.notAllowed.code);

    await node.ask(first, { case: 'publishKeys', value: person.upload(0, 0, both) });
    const again = await node.connect(second);
    expect((await node.attach(again))?.case).toBe('attached');
    expect((await node.ask(again, { case: 'publishKeys', value: second.upload(1, 1, both) }))?.case).toBe('keyCounts');
    await node.ask(first, { case: 'publishKeys', value: person.upload(0, 0, alone) });
    expect(again.closedWith).toBe(CLOSE.notAllowed.code);

    const revoked = await node.connect(second);
    expect(await node.ask(revoked, { case: 'publishKeys', value: second.upload(1, 1, both) })).toEqual(
      refused(RefusalCode.NOT_ALLOWED),
    );
    expect(revoked.closedWith).toBe(CLOSE.notAllowed.code);
    expect(bundlesOf(await fetch(node, await node.connect(null), person)).bundles.map(({ device }) => device)).toEqual([
      1,
    ]);
  });
});

describe('a device that the account takes up by itself', () => {
  test('NODE-31: an unlisted device may publish the next list that names it, and no other', async () => {
    const node = new TestNode();
    const { person } = await node.resident();
    const joining = new TestPerson(nodePrimitives, node.random, node.clock.now(), person.account.seed, 2);
    const listOf = (previous: typeof person.list | null) =>
      signDeviceList(nodePrimitives, person.account, {
        certificates: [person.device.certificate, joining.device.certificate],
        previous,
        nowMs: node.clock.now(),
      });
    for (const list of [listOf(null), person.list]) {
      const client = await node.connect(joining);
      const answer = await node.ask(client, { case: 'publishKeys', value: joining.upload(0, 0, list) });
      expect(answer).toEqual(refused(RefusalCode.NOT_ALLOWED));
      expect(client.closedWith).toBe(CLOSE.notAllowed.code);
    }
    const client = await node.connect(joining);
    const value = joining.upload(1, 1, listOf(person.list));
    expect((await node.ask(client, { case: 'publishKeys', value }))?.case).toBe('keyCounts');
    expect((await node.attach(client))?.case).toBe('attached');
  });
});

describe('state counter', () => {
  const compare = (node: TestNode, client: TestClient, expected: bigint, next: bigint) =>
    node.ask(client, { case: 'compareState', value: create(CompareStateSchema, { expected, next }) });
  const counter = (value: bigint) =>
    expect.objectContaining({ case: 'stateCounter', value: expect.objectContaining({ value }) as unknown });

  test('NODE-34: is set when it is what was expected, else told and left, over a new link too', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    expect(await compare(node, client, 0n, 5n)).toEqual(counter(5n));
    expect(await compare(node, client, 4n, 6n)).toEqual(counter(5n));
    const again = await node.connect(person);
    expect(await compare(node, again, 5n, 7n)).toEqual(counter(7n));
  });

  test('NODE-34: only of the link’s own device, only of one that is listed, and not on anonymous links', async () => {
    const node = new TestNode();
    const { person } = await node.resident();
    const stranger = await node.connect(node.person());
    expect(await compare(node, stranger, 0n, 5n)).toEqual(refused(RefusalCode.NO_MAILBOX));
    expect(await compare(node, await node.connect(null), 0n, 5n)).toEqual(refused(RefusalCode.NOT_ALLOWED));
    const second = new TestPerson(nodePrimitives, node.random, node.clock.now(), person.account.seed, 2);
    Object.assign(second, { account: person.account });
    const unlisted = await node.connect(second);
    expect(await compare(node, unlisted, 0n, 5n)).toEqual(refused(RefusalCode.NOT_ALLOWED));
    expect(unlisted.closedWith).toBe(CLOSE.notAllowed.code);
  });

  test('NODE-34, NODE-40: a node that keeps nothing has it as long as the account is here', async () => {
    const node = new TestNode({ store: null });
    const { person, client } = await node.resident();
    expect(await compare(node, client, 0n, 5n)).toEqual(counter(5n));
    expect(await compare(node, client, 1n, 6n)).toEqual(counter(5n));
    client.socket.close(1000, '');
    await node.clock.advance(100);
    const again = await node.connect(person);
    await node.ask(again, { case: 'publishKeys', value: person.upload(1, 1) });
    expect(await compare(node, again, 0n, 6n)).toEqual(counter(6n));
  });

  test('NODE-30: one-time keys that the device lost are given out no more', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const upload = person.upload(2, 1);
    upload.replaceOneTime = true;
    for (const key of [...upload.oneTime, ...upload.oneTimeKyber]) key.id += 1000;
    expect(await node.ask(client, { case: 'publishKeys', value: upload })).toMatchObject({
      value: { oneTime: 2, oneTimeKyber: 1 },
    });
    const bundles = bundlesOf(await fetch(node, await node.connect(null), person, { capability: person.capability }));
    expect(bundles.bundles[0]?.oneTime?.id).toBeGreaterThan(1000);
  });
});

describe('TM-16: fetching', () => {
  test('NODE-32: one-time keys only with the capability or a valid token, each once', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const token = new Uint8Array(16).fill(5);
    await node.ask(client, { case: 'setAccess', value: person.access([requestTokenHash(nodePrimitives, token)]) });
    const asker = await node.connect(null);
    const oneTime = async (shown: Parameters<typeof fetch>[3]) =>
      bundlesOf(await fetch(node, asker, person, shown)).bundles[0]!.oneTime?.id;
    const kyber = async (shown: Parameters<typeof fetch>[3]) =>
      bundlesOf(await fetch(node, asker, person, shown)).bundles[0]!.kyberPrekey!.id;
    const lastResort = await kyber({});
    expect(await oneTime({})).toBeUndefined();
    expect(await oneTime({ capability: new Uint8Array(16) })).toBeUndefined();
    expect(await oneTime({ requestToken: new Uint8Array(16) })).toBeUndefined();
    const first = await fetch(node, asker, person, { capability: person.capability });
    const given = [bundlesOf(first).bundles[0]!.oneTime?.id, await oneTime({ requestToken: token })];
    expect(new Set(given).size).toBe(2);
    expect(given).not.toContain(undefined);
    expect(bundlesOf(first).bundles[0]!.kyberPrekey!.id).not.toBe(lastResort);
    // All gone: the last-resort key serves.
    expect(await oneTime({ capability: person.capability })).toBeUndefined();
    expect(await kyber({ capability: person.capability })).toBe(lastResort);
  });

  test('NODE-32: rates for one mailbox', async () => {
    const node = new TestNode({
      limits: { fetchBurst: 3, fetchPerSecond: 1, oneTimeBurst: 1, oneTimePerSecond: 0.001 },
    });
    const { person } = await node.resident();
    const asker = await node.connect(null);
    const capability = person.capability;
    expect(bundlesOf(await fetch(node, asker, person, { capability })).bundles[0]!.oneTime).toBeDefined();
    expect(bundlesOf(await fetch(node, asker, person, { capability })).bundles[0]!.oneTime).toBeUndefined();
    for (let number = 0; number < 3; number++) expect((await fetch(node, asker, person))?.case).toBe('bundles');
    const busy = await fetch(node, await node.connect(null), person);
    expect(busy?.case === 'refusal' && busy.value.code === RefusalCode.BUSY).toBe(true);
    const { person: other } = await node.resident();
    expect((await fetch(node, asker, other))?.case).toBe('bundles');
    // Strangers do not keep contacts out.
    expect((await fetch(node, asker, person, { capability }))?.case).toBe('bundles');
    await node.clock.advance(1000);
    expect((await fetch(node, asker, person))?.case).toBe('bundles');
  });

  test('NODE-32: only the devices asked for', async () => {
    const node = new TestNode();
    const { person } = await node.resident();
    const asker = await node.connect(null);
    expect(bundlesOf(await fetch(node, asker, person, { devices: [2] })).bundles).toEqual([]);
    expect(bundlesOf(await fetch(node, asker, person, { devices: [1, 2] })).bundles).toHaveLength(1);
  });

  test('NODE-33: an attached device that runs low is told', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const asker = await node.connect(null);
    await fetch(node, asker, person);
    expect(client.all('keyCounts')).toHaveLength(1);
    await fetch(node, asker, person, { capability: person.capability });
    expect(client.all('keyCounts').at(-1)).toMatchObject({ oneTime: 1, oneTimeKyber: 0, deviceListRevision: 1n });
  });
});
