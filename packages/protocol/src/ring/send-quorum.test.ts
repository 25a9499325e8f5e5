import { describe, expect, it } from 'vitest';
import { noblePrimitives } from '../crypto/index.ts';
import { codeOf } from '../identity/identity.fixture.ts';
import { buildReceipts } from '../mailbox/index.ts';
import type { SignedAccess, SpreadAcks } from '../wire/index.ts';
import {
  accessBytes,
  DescriptorSet,
  encodeJoinToken,
  epochAt,
  isJoinToken,
  parseJoinToken,
  SendQuorum,
  signAccess,
  signSpreadAck,
  spreadAckBytes,
  verifyAccess,
  verifySpreadAck,
  type JoinToken,
} from './index.ts';
import { bytes32, EPOCH_MS, fastPrimitives, NOW_MS, testNetwork, testNode, type TestNode } from './ring.fixture.ts';

const net = testNetwork(fastPrimitives);
const { network } = net;
const id = bytes32('envelope');

function quorumOf(nodes: readonly TestNode[], notBeforeMs?: number) {
  const set = new DescriptorSet({ primitives: fastPrimitives, network, epochSeconds: EPOCH_MS / 1000 });
  for (const node of nodes) set.add(node.describe(), NOW_MS);
  const view = set.view(epochAt(NOW_MS, EPOCH_MS / 1000));
  const homes = view.homes(11);
  const quorum = new SendQuorum({ primitives: fastPrimitives, view, homes, network, ...(notBeforeMs === undefined ? {} : { notBeforeMs }) }); // prettier-ignore
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const at = (key: string | undefined): TestNode => byKey.get(key ?? '') as TestNode;
  return { quorum, homes: homes.homes.map(at), standIns: homes.standIns.map(at) };
}

/** Hands a receipt of a node to the quorum. */
function receipt(
  quorum: SendQuorum,
  name: string,
  change: { at?: number; of?: Uint8Array; by?: Uint8Array } = {},
): boolean {
  const seed = bytes32(`node ${name}`);
  const receipts = buildReceipts(fastPrimitives, seed, network, NOW_MS, [bytes32('other'), change.of ?? id]);
  const frame = { at: change.at ?? NOW_MS, leaves: receipts.leaves, signature: receipts.signature };
  const node = change.by ?? fastPrimitives.ed25519.publicKey(seed);
  return quorum.receipt(node, frame, { leaf: 1, path: receipts.path(1) }, id);
}

const named = (names: readonly string[], operator?: (name: string) => string): TestNode[] =>
  names.map((name) => testNode(net, name, operator === undefined ? {} : { operator: operator(name) }));
const nameOf = (node: TestNode | undefined, names: readonly string[]): string =>
  names.find((name) => testNode(net, name).key === node?.key) as string;
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

describe('what the sender counts', () => {
  it('RING-13: stored is what W nodes have, each counted once', () => {
    const { quorum, homes } = quorumOf(named(names));
    expect([quorum.of, quorum.stored, quorum.enough]).toEqual([3, 0, false]);
    const [first, second] = homes.map((home) => nameOf(home, names)) as [string, string];
    expect(receipt(quorum, first)).toBe(true);
    expect(receipt(quorum, first)).toBe(true);
    expect([quorum.stored, quorum.enough]).toEqual([1, false]);
    expect(receipt(quorum, second)).toBe(true);
    expect([quorum.stored, quorum.enough]).toEqual([2, true]);
    expect(quorum.storedOn).toEqual(homes.slice(0, 2).map(({ key }) => key));
  });

  it('RING-13: forged, replayed, old or foreign receipts do not count', () => {
    const { quorum, homes, standIns } = quorumOf(named(names), NOW_MS);
    const [home, other] = homes.map((node) => nameOf(node, names)) as [string, string];
    expect(receipt(quorum, home, { at: NOW_MS + 1 })).toBe(false);
    expect(receipt(quorum, home, { at: NOW_MS - 1 })).toBe(false);
    expect(receipt(quorum, home, { of: bytes32('another envelope') })).toBe(false);
    expect(receipt(quorum, home, { by: fastPrimitives.ed25519.publicKey(bytes32(`node ${other}`)) })).toBe(false);
    const stranger = names.find((name) => ![...homes, ...standIns].some((node) => nameOf(node, names) === name));
    expect(receipt(quorum, stranger as string)).toBe(false);
    expect(receipt(quorum, 'joins later')).toBe(false);
    expect(quorum.stored).toBe(0);
    expect(receipt(quorum, nameOf(standIns[0], names))).toBe(true);
  });

  it('RING-13: of one operator alone it is not enough where the view has more', () => {
    const operator = (name: string): string => (name < 'e' ? 'one' : 'two');
    const { quorum, homes, standIns } = quorumOf(named(names, operator));
    const places = [...homes, ...standIns].map((node) => nameOf(node, names));
    for (const name of places.filter((name) => operator(name) === 'one')) receipt(quorum, name);
    expect(quorum.stored).toBeGreaterThanOrEqual(2);
    expect(quorum.enough).toBe(false);
    receipt(quorum, places.find((name) => operator(name) === 'two') as string);
    expect(quorum.enough).toBe(true);
    const single = quorumOf(named(names, () => 'one'));
    for (const home of single.homes.slice(0, 2)) receipt(single.quorum, nameOf(home, names));
    expect(single.quorum.enough).toBe(true);
  });

  it('RING-13: a ring of one needs one, an empty one never has enough', () => {
    const { quorum } = quorumOf(named(['a']));
    expect(receipt(quorum, 'a')).toBe(true);
    expect([quorum.enough, quorum.of]).toEqual([true, 1]);
    expect(quorumOf([]).quorum.enough).toBe(false);
  });
});

describe('what devices sign for all homes', () => {
  const seed = bytes32('device');
  const signingKey = noblePrimitives.ed25519.publicKey(seed);
  const account = bytes32('account');

  it('RING-14: an acknowledgement holds for its network, account, device, time, ids and expiries alone', () => {
    const ids = new Uint8Array([...bytes32('1'), ...bytes32('2')]);
    const fields = { network, account, device: 3, at: NOW_MS, ids, expires: [1_790_000_100, 1_790_000_200] };
    const acks = signSpreadAck(noblePrimitives, seed, fields);
    const verify = (change: Partial<SpreadAcks>, expected = { network, signingKey }): boolean =>
      verifySpreadAck(noblePrimitives, { ...acks, ...change }, expected);
    expect(verify({})).toBe(true);
    expect(verify({ account: bytes32('x') })).toBe(false);
    expect(verify({ device: 4 })).toBe(false);
    expect(verify({ at: BigInt(NOW_MS + 1) })).toBe(false);
    expect(verify({ at: 2n ** 60n })).toBe(false);
    expect(verify({ ids: ids.subarray(32), expires: acks.expires.slice(1) })).toBe(false);
    expect(verify({ ids: ids.subarray(1) })).toBe(false);
    expect(verify({ expires: [...acks.expires].reverse() })).toBe(false);
    expect(verify({}, { network: bytes32('y'), signingKey })).toBe(false);
    expect(verify({}, { network, signingKey: bytes32('z') })).toBe(false);
    expect(spreadAckBytes(fields)).toHaveLength(19 + 32 + 32 + 4 + 8 + 4 + 64 + 16);
    expect(codeOf(() => spreadAckBytes({ ...fields, expires: [] }))).toBe('malformed');
  });

  it('RING-15: access holds for its account, device, time and hashes alone', () => {
    const fields = {
      account,
      device: 3,
      at: NOW_MS,
      capabilityHash: bytes32('c'),
      previousHash: bytes32('p'),
      previousUntil: 9,
    };
    const access = signAccess(noblePrimitives, seed, fields);
    const verify = (change: Partial<SignedAccess>, expected = { account, signingKey }): boolean =>
      verifyAccess(noblePrimitives, { ...access, ...change }, expected);
    expect(verify({})).toBe(true);
    expect(verify({ device: 4 })).toBe(false);
    expect(verify({ at: 5n })).toBe(false);
    expect(verify({ previousUntil: 10n })).toBe(false);
    expect(verify({ capabilityHash: bytes32('d') })).toBe(false);
    expect(verify({ capabilityHash: bytes32('d').subarray(1) })).toBe(false);
    expect(verify({ previousHash: new Uint8Array(0) })).toBe(false);
    expect(verify({ previousHash: new Uint8Array(5) })).toBe(false);
    expect(verify({}, { account: bytes32('x'), signingKey })).toBe(false);
    expect(verify({}, { account, signingKey: bytes32('y') })).toBe(false);
    const without = signAccess(noblePrimitives, seed, { ...fields, previousHash: null });
    expect(without.previousHash).toHaveLength(0);
    expect(verifyAccess(noblePrimitives, without, { account, signingKey })).toBe(true);
    expect(codeOf(() => accessBytes({ ...fields, capabilityHash: new Uint8Array(3) }))).toBe('malformed');
  });
});

describe('join token', () => {
  const token: JoinToken = {
    network,
    urls: ['ws://127.0.0.1:9000'],
    node: bytes32('node'),
    secret: bytes32('secret').slice(0, 16),
    expires: NOW_MS / 1000 + 60,
  };

  it('RING-12: is read as it was written, with white space in it', () => {
    const text = encodeJoinToken(token);
    expect(isJoinToken(` ${text}`)).toBe(true);
    expect(isJoinToken('ws://127.0.0.1')).toBe(false);
    expect(parseJoinToken(` ${text.slice(0, 30)}\n${text.slice(30)} `, NOW_MS)).toEqual(token);
  });

  it('RING-12: too old, cut or something else it is refused', () => {
    const text = encodeJoinToken(token);
    expect(codeOf(() => parseJoinToken(text, NOW_MS + 60_000))).toBe('expired');
    expect(codeOf(() => parseJoinToken('sotto-link:abc', NOW_MS))).toBe('malformed');
    expect(codeOf(() => parseJoinToken('x'.repeat(10_000), NOW_MS))).toBe('malformed');
    expect(codeOf(() => parseJoinToken(encodeJoinToken({ ...token, urls: ['http://x'] }), NOW_MS))).toBe('malformed');
    for (let length = 0; length < text.length; length++) {
      expect(
        codeOf(() => parseJoinToken(text.slice(0, length), NOW_MS)),
        `${length}`,
      ).toBeTypeOf('string');
    }
  });
});
