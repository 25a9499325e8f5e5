import { noblePrimitives as primitives, utf8 } from '@sotto/protocol/crypto';
import { buildReceipts } from '@sotto/protocol/mailbox';
import { nodeKeyOf, Placement } from '@sotto/protocol/ring';
import type { Homes, NodeKey, RingMember, View } from '@sotto/protocol/ring';
import type { FrameBody, StoredFrame } from '@sotto/protocol/wire';
import type { RequestOptions } from '../../connection/connection.ts';
import type { NodeRequests } from '../../connection/index.ts';
import type { Reach, RecipientNode } from '../recipient-nodes.ts';

/** A node of a view, with its key. */
export interface FakeMember extends RingMember {
  readonly seed: Uint8Array;
}

export interface MemberWishes {
  readonly operator?: string;
  readonly weight?: number;
  readonly linkKey?: Uint8Array;
  readonly seed?: Uint8Array;
  readonly urls?: readonly string[];
}

let made = 0;
/** Each differs; nothing here is a secret. */
const differing = (length: number): Uint8Array =>
  primitives.hkdf(new Uint8Array(0), utf8(`fake ring ${made++}`), new Uint8Array(0), length);

export function fakeMember(wishes: MemberWishes = {}): FakeMember {
  const seed = wishes.seed ?? differing(32);
  const node = primitives.ed25519.publicKey(seed);
  const operator = wishes.operator ?? nodeKeyOf(node);
  return {
    seed,
    key: nodeKeyOf(node),
    node,
    position: primitives.sha256(node),
    linkKey: wishes.linkKey ?? differing(32),
    operator: primitives.sha256(utf8(operator)),
    urls: wishes.urls ?? [`ws://node-${made++}`],
    capabilities: [],
    weight: wishes.weight ?? 1,
    sequence: 1,
    from: 0,
    until: Number.MAX_SAFE_INTEGER,
    domains: { operator, subnets: [] },
  };
}

export function fakeView(members: readonly RingMember[], epoch = 1): View {
  const placement = new Placement(primitives, members);
  return {
    epoch,
    members,
    hash: differing(8),
    homes: (partition) => placement.homes(partition),
    member: (key) => members.find((member) => member.key === key) ?? null,
  };
}

/** What a node answers when it stored these envelopes in one commit. @param as whose receipt it says this is */
export function storedBy(
  { seed, node }: Pick<FakeMember, 'seed' | 'node'>,
  network: Uint8Array,
  ids: readonly Uint8Array[],
  { at = 1, leaf = 0, as = node }: { at?: number; leaf?: number; as?: Uint8Array } = {},
): FrameBody & { readonly case: 'stored' } {
  const receipts = buildReceipts(primitives, seed, network, at, ids);
  const { signature, leaves } = receipts;
  const items = [{ request: 1, leaf, path: receipts.path(leaf) }];
  const value: StoredFrame = { at, leaves, signature, items, node: as };
  return { case: 'stored', value };
}

/** A node as its client sees it: what it is asked is kept, what it answers a test says. */
export class FakeRequests implements NodeRequests {
  readonly asked: FrameBody[] = [];
  readonly posted: FrameBody[] = [];
  /** Rejecting, resolving or never ending; each answer that is to be followed by others goes through `more`. */
  answer: (body: FrameBody, more: (answer: FrameBody) => number) => Promise<FrameBody>;

  constructor(answer: FakeRequests['answer'] = () => new Promise(() => undefined)) {
    this.answer = answer;
  }

  request(body: FrameBody, { more }: RequestOptions = {}): Promise<FrameBody> {
    this.asked.push(body);
    return this.answer(body, more ?? (() => 0));
  }

  post(body: FrameBody): boolean {
    this.posted.push(body);
    return true;
  }
}

export interface FakeReach extends Reach {
  readonly homes: readonly (RecipientNode & { readonly requests: FakeRequests })[];
  readonly standIns: readonly (RecipientNode & { readonly requests: FakeRequests })[];
}

/** All nodes of a view as somebody's homes and those that stand in, in the order of `members`. */
export function fakeReach(members: readonly FakeMember[], more: Partial<Homes> = {}): FakeReach {
  const keys = members.map(({ key }) => key);
  const r = Math.min(3, members.length);
  const placed: Homes = { homes: keys.slice(0, r), standIns: keys.slice(r, 6), r, w: Math.floor(r / 2) + 1, ...more };
  const view = { ...fakeView(members), homes: () => placed };
  const nodeAt = (key: NodeKey): FakeReach['homes'] => {
    const member = view.member(key);
    return member === null ? [] : [{ key, node: member.node, requests: new FakeRequests() }];
  };
  return { view, placed, homes: placed.homes.flatMap(nodeAt), standIns: placed.standIns.flatMap(nodeAt) };
}
