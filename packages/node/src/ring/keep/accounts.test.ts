import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { createDevice, signDeviceList } from '@sotto/protocol/identity';
import { signAccess } from '@sotto/protocol/ring';
import { describe, expect, test } from 'vitest';
import {
  AccountRecordSchema,
  create,
  FetchAccountSchema,
  FetchBundlesSchema,
  KeepAs,
  encode,
  KeepSchema,
  RefusalCode,
  SignedAccessSchema,
} from '@sotto/protocol/wire';
import type { TestNode } from '../../testing/test-node.ts';
import type { TestPerson } from '../../testing/test-person.ts';
import type { Access } from '../../store/relay-store.ts';
import type { AccountRecordKept } from '../../store/ring-store.ts';
import { recordMessage } from './account-records.ts';
import { KeptRing } from './kept-ring.fixture.ts';

const cutOff = (node: TestNode): unknown[] =>
  node.logged.filter(({ event }) => event === 'peer-cut-off').map(({ fields }) => fields['reason']);

/** A person whose keys are at the first of three homes only. */
async function knownAtOne(): Promise<{ ring: KeptRing; person: TestPerson; knows: TestNode; others: TestNode[] }> {
  const ring = await KeptRing.of(3);
  const person = ring.founder.person();
  const [knows, ...others] = ring.homeNodes(person);
  await ring.settle(person, [knows!]);
  return { ring, person, knows: knows!, others };
}

const accountOf = async (ring: KeptRing, from: TestNode, to: TestNode, account: Uint8Array) => {
  const body = { case: 'fetchAccount' as const, value: create(FetchAccountSchema, { account }) };
  const answer = from.core.ring.peer(to.core.ring.self)!.request(body);
  await ring.clock.settle();
  return answer;
};

describe('account records', () => {
  test('RING-27: a home that does not know an account takes it over, with list, keys and access', async () => {
    const { ring, person, knows, others } = await knownAtOne();
    const client = await others[0]!.connect(null);
    expect(await ring.send(client, others[0]!, person, person.envelope(ring.clock.now(), 1))).toHaveLength(3);
    for (const node of others) {
      expect(await node.store.accountRecord(person.mailbox)).toEqual(await knows.store.accountRecord(person.mailbox));
    }
    const fetched = await others[1]!.ask(await others[1]!.connect(null), {
      case: 'fetchBundles',
      value: create(FetchBundlesSchema, { account: person.mailbox, capability: person.capability }),
    });
    if (fetched?.case !== 'bundles') throw new Error('no bundles');
    // One-time keys are the home's own that got them.
    expect(fetched.value.bundles.map(({ device, oneTime }) => [device, oneTime])).toEqual([[1, undefined]]);
  });

  test('RING-27: nobody knows it: no mailbox; a home that is not reached might: later', async () => {
    const { ring, others } = await knownAtOne();
    const client = await others[0]!.connect(null);
    const nobody = ring.founder.person();
    const code = async () => {
      const answer = others[0]!.send(client, nobody.envelope(ring.clock.now()));
      await ring.clock.advance(3000);
      return ((await answer) ?? client.received.at(-1)!.body) as { value: { code: RefusalCode } };
    };
    expect(await code()).toMatchObject({ value: { code: RefusalCode.NO_MAILBOX } });
    for (const node of ring.nodes) if (node !== others[0]) ring.network.cut(ring.urlOf(node));
    const unknown = ring.founder.person();
    const request = client.post({ case: 'send', value: unknown.envelope(ring.clock.now()) });
    await ring.clock.advance(20_000);
    expect(client.answer(request)).toMatchObject({ value: { code: RefusalCode.BUSY } });
  });

  /** What is true, and what another account says of itself. */
  type Lie = (truth: AccountRecordKept, other: AccountRecordKept) => AccountRecordKept;
  const LIES: readonly [string, Lie][] = [
    ["another account's list", (truth, other) => ({ ...other, mailbox: truth.mailbox })],
    ["another account's keys", (truth, other) => ({ ...truth, devices: other.devices })],
    ['access that another one signed', (truth, other) => ({ ...truth, access: other.access })],
  ];

  test.each(LIES)('RING-27: a node that says %s is cut off, and what others say counts', async (_, lie) => {
    const { ring, person, knows, others } = await knownAtOne();
    const [asker, liar] = others;
    const somebody = ring.founder.person();
    await ring.settle(somebody, [knows]);
    const truth = (await knows.store.accountRecord(person.mailbox))!;
    const other = (await knows.store.accountRecord(somebody.mailbox))!;
    liar!.core.ring.serve('fetchAccount', (_from, { account }, reply) =>
      reply.answer({ case: 'account', value: recordMessage(account.slice(), lie(truth, other)) }),
    );
    const client = await asker!.connect(null);
    const receipts = await ring.send(client, asker!, person, person.envelope(ring.clock.now(), 1));
    expect(receipts).toContain(asker!.core.ring.self);
    expect(cutOff(asker!)).toEqual(['account-record']);
    expect((await accessAt(asker!, person))?.deviceList).toEqual(truth.deviceList.encoded);
  });

  /** What a node believes now. */
  const accessAt = (node: TestNode, person: TestPerson): Promise<Access | null> =>
    node.core.keep!.accessOf(person.mailbox);

  test('RING-27: what one home alone tells is believed for a minute, kept nowhere, and asked for again', async () => {
    const { ring, person, knows, others } = await knownAtOne();
    const [asker, away] = others;
    const truth = (await knows.store.accountRecord(person.mailbox))!;
    // It has the newest list; what the others say of before is all there is while it is away.
    const newer = withoutFirstDevice(truth, person, ring.clock.now() + 1);
    await away!.store.saveAccount(truth, null);
    await away!.store.saveAccount(newer.record, newer.hashes);
    ring.network.cut(ring.urlOf(away!));
    await ring.clock.advance(30_000);
    const client = await asker!.connect(null);
    const believed = ring.send(client, asker!, person, person.envelope(ring.clock.now(), 1));
    await ring.clock.advance(3000);
    expect(await believed).toContain(asker!.core.ring.self);
    expect(await asker!.store.accountRecord(person.mailbox)).toBeNull();
    ring.network.mend(ring.urlOf(away!));
    await ring.clock.advance(90_000);
    await ring.send(client, asker!, person, person.envelope(ring.clock.now(), 2));
    expect((await asker!.store.accountRecord(person.mailbox))?.deviceList).toEqual(newer.record.deviceList);
  });

  /** The account with another device in the place of the first, as a home has it that was told. */
  function withoutFirstDevice(truth: AccountRecordKept, person: TestPerson, nowMs: number) {
    const device = createDevice(primitives, systemRandom, person.account, 2, nowMs);
    const certificates = [device.certificate];
    const list = signDeviceList(primitives, person.account, { certificates, previous: person.list, nowMs });
    const { mailbox: account } = truth;
    const hashes = { capabilityHash: new Uint8Array(32).fill(2), previousHash: null, previousUntil: 0 };
    const signed = signAccess(primitives, device.signingSeed, { account, device: 2, at: nowMs, ...hashes });
    const record: AccountRecordKept = {
      mailbox: account,
      deviceList: { revision: list.revision, encoded: list.encoded, devices: [2] },
      devices: [],
      access: { at: nowMs, device: signed.device, encoded: encode(SignedAccessSchema, signed) },
    };
    return { record, hashes };
  }

  test.each([
    ['of a device that the newest list does not name', 'revoked'],
    ['for a time far ahead, which could never be replaced', 'future'],
  ])('RING-27: access %s is not taken over', async (_, kind) => {
    const { ring, person, knows, others } = await knownAtOne();
    const [asker, liar] = others;
    const truth = (await knows.store.accountRecord(person.mailbox))!;
    const { record, hashes } = withoutFirstDevice(truth, person, ring.clock.now() + 1);
    const isRevoked = kind === 'revoked';
    if (isRevoked) await knows.store.saveAccount(record, hashes);
    const at = ring.clock.now() + (isRevoked ? 1000 : 10 * 86_400_000);
    const { signed } = person.signedAccess(at, [], new Uint8Array(16).fill(6));
    const lie = { ...truth, access: { at, device: signed!.device, encoded: encode(SignedAccessSchema, signed!) } };
    liar!.core.ring.serve('fetchAccount', (_from, { account }, reply) =>
      reply.answer({ case: 'account', value: recordMessage(account.slice(), lie) }),
    );
    const client = await asker!.connect(null);
    await ring.send(client, asker!, person, person.envelope(ring.clock.now(), 1));
    const taken = await asker!.store.accountRecord(person.mailbox);
    expect(taken?.access).toEqual(isRevoked ? record.access : truth.access);
    expect(taken?.deviceList.revision).toBe(isRevoked ? 2 : 1);
  });

  test('NODE-31: a device that was removed does not bring its old list to a home that is new', async () => {
    const { ring, person, knows, others } = await knownAtOne();
    const truth = (await knows.store.accountRecord(person.mailbox))!;
    const { record, hashes } = withoutFirstDevice(truth, person, ring.clock.now() + 1);
    await knows.store.saveAccount(record, hashes);
    const client = await others[0]!.connect(person);
    const answer = await others[0]!.ask(client, { case: 'publishKeys', value: person.upload(1, 1) });
    expect(answer).toMatchObject({ case: 'refusal', value: { code: RefusalCode.NOT_ALLOWED } });
    expect((await others[0]!.store.access(person.mailbox))?.devices).toEqual([2]);
  });

  test('NODE-31: nor to one that heard of the account from one home alone, and keeps nothing of that', async () => {
    const { ring, person, knows, others } = await knownAtOne();
    const truth = (await knows.store.accountRecord(person.mailbox))!;
    const { record, hashes } = withoutFirstDevice(truth, person, ring.clock.now() + 1);
    await knows.store.saveAccount(record, hashes);
    ring.network.cut(ring.urlOf(others[1]!));
    await ring.clock.advance(30_000);
    const client = await others[0]!.connect(person);
    const request = client.post({ case: 'publishKeys', value: person.upload(1, 1) });
    await ring.clock.advance(3000);
    expect(client.answer(request)).toMatchObject({ case: 'refusal', value: { code: RefusalCode.NOT_ALLOWED } });
    expect(await others[0]!.store.access(person.mailbox)).toBeNull();
  });

  test('RING-27: an account nobody published keys of is an empty record', async () => {
    const { ring, knows, others } = await knownAtOne();
    const answer = await accountOf(ring, others[0]!, knows, new Uint8Array(32).fill(9));
    expect(answer).toEqual({
      case: 'account',
      value: create(AccountRecordSchema, { account: new Uint8Array(32).fill(9) }),
    });
  });
});

describe('what other nodes may have kept', () => {
  const keep = async (ring: KeptRing, from: TestNode, to: TestNode, as: KeepAs, person: TestPerson, change = {}) => {
    const { mailbox, device, expires, body } = person.envelope(ring.clock.now(), 1);
    const item = { mailbox, device, expires: BigInt(expires), body, ...change };
    const value = create(KeepSchema, { as, items: [item] });
    const answer = from.core.ring.peer(to.core.ring.self)!.request({ case: 'keep', value });
    await ring.clock.settle();
    const kept = await answer;
    return kept.case === 'kept' ? kept.value.items[0]!.refusal : kept.case;
  };

  test('RING-20: who is no home says NOT_HOME; a stand-in keeps for homes only', async () => {
    const ring = await KeptRing.of(7);
    const person = await ring.person();
    const { homes, standIns } = ring.homesOf(person);
    const [home, standIn] = [ring.node(homes[0]!), ring.node(standIns[0]!)];
    const outsider = ring.nodes.find(({ core }) => ![...homes, ...standIns].includes(core.ring.self))!;
    expect(await keep(ring, outsider, home, KeepAs.HOME, person)).toBe(0);
    expect(await keep(ring, home, standIn, KeepAs.HOME, person)).toBe(RefusalCode.NOT_HOME);
    expect(await keep(ring, home, standIn, KeepAs.STAND_IN, person)).toBe(0);
    expect(await keep(ring, home, outsider, KeepAs.STAND_IN, person)).toBe(RefusalCode.NOT_HOME);
    expect(await ring.waitingAt(outsider, person)).toBe(0);
  });

  test('RING-20: envelopes are looked at as if a client had sent them', async () => {
    const ring = await KeptRing.of(3);
    const person = await ring.person();
    const [from, to] = ring.homeNodes(person);
    const refusal = (change: object) => keep(ring, from!, to!, KeepAs.HOME, person, change);
    const nowSeconds = Math.floor(ring.clock.now() / 1000);
    expect(await refusal({ body: new Uint8Array(2047) })).toBe(RefusalCode.BAD_ENVELOPE);
    expect(await refusal({ expires: BigInt(nowSeconds) })).toBe(RefusalCode.BAD_ENVELOPE);
    expect(await refusal({ expires: BigInt(nowSeconds + 31 * 86_400) })).toBe(RefusalCode.BAD_ENVELOPE);
    expect(await refusal({ device: 2 })).toBe(RefusalCode.NO_DEVICE);
    expect(await refusal({ tokenHash: new Uint8Array(32).fill(1) })).toBe(RefusalCode.TOKEN_USED);
    expect(await ring.waitingAt(to!, person)).toBe(0);
  });
});
