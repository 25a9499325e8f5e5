import { describe, expect, test } from 'vitest';
import { create, RefusalCode, type SetAccess, SetAccessSchema } from '@sotto/protocol/wire';
import { START_MS, TestNode } from '../testing/test-node.ts';
import type { TestClient } from '../testing/test-client.ts';

const DAY_MS = 86_400_000;

const set = (node: TestNode, client: TestClient, value: SetAccess) => node.ask(client, { case: 'setAccess', value });

describe('signed access', () => {
  test('NODE-35: is kept as it was signed, lets contacts in, and goes forward only; who is late is told so', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident(false);
    expect((await node.store.accountRecord(person.mailbox))?.access).toBeNull();
    const first = person.signedAccess(START_MS);
    expect(await set(node, client, first)).toMatchObject({ case: 'done' });
    const kept = (await node.store.accountRecord(person.mailbox))?.access;
    expect(kept?.at).toBe(START_MS);
    const sender = await node.connect(null);
    expect(await node.send(sender, person.envelope(START_MS, 1))).toMatchObject({ case: 'stored' });
    const other = node.person();
    const rotated = person.signedAccess(START_MS + 1, [], other.capability);
    expect(await set(node, client, rotated)).toMatchObject({ case: 'done' });
    expect(await node.send(sender, person.envelope(START_MS, 2))).toMatchObject({
      value: { code: RefusalCode.NOT_ALLOWED },
    });
    expect(await set(node, client, first)).toMatchObject({
      case: 'refusal',
      value: { code: RefusalCode.OLDER, retryMs: 0, at: START_MS + 1 },
    });
    // Once more, when the answer was lost.
    expect(await set(node, client, rotated)).toMatchObject({ case: 'done' });
    const withNew = person.envelope(START_MS, 3, { capability: other.capability });
    expect(await node.send(sender, withNew)).toMatchObject({ case: 'stored' });
  });

  test('NODE-35: what no listed device signed, and what is of the future, is refused', async () => {
    const node = new TestNode();
    const [{ person, client }, { person: other }] = [await node.resident(false), await node.resident(false)];
    const before = await node.store.access(person.mailbox);
    const badKeys = { value: { code: RefusalCode.BAD_KEYS } };
    const { signed } = person.signedAccess(START_MS);
    const change = (fields: object): SetAccess => create(SetAccessSchema, { signed: { ...signed!, ...fields } });
    for (const bad of [
      other.signedAccess(START_MS),
      change({ signature: new Uint8Array(64) }),
      change({ at: BigInt(START_MS + 1) }),
      change({ device: 2 }),
      person.signedAccess(START_MS + DAY_MS + 1000),
    ]) {
      expect(await set(node, client, bad)).toMatchObject(badKeys);
    }
    expect(await node.store.access(person.mailbox)).toEqual(before);
    expect((await node.store.accountRecord(person.mailbox))?.access).toBeNull();
  });
});
