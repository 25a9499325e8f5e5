import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { buildReceipts, envelopeId } from '@sotto/protocol/mailbox';
import { nodeKeyOf } from '@sotto/protocol/ring';
import { RefusalCode } from '@sotto/protocol/wire';
import type { FrameBody, SendFrame } from '@sotto/protocol/wire';
import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../connection/index.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import { fakeMember, fakeReach } from '../ring/testing/fake-ring.ts';
import { problemOf } from './sending-problem.ts';
import { Transmission } from './transmission.ts';

const NOW_MS = 1_800_000_000_000;
const seed = systemRandom(32);
const route = { network: systemRandom(32), node: primitives.ed25519.publicKey(seed), urls: ['ws://node'], psk: null };
const row = {
  id: 1,
  contact: 1,
  device: 1,
  contentId: systemRandom(16),
  kind: 1 as const,
  stored: false,
  moved: false,
  expires: 1_800_000_900,
  uncertain: false,
  body: systemRandom(2048),
};
const contact: ContactEntry = {
  id: 1,
  account: systemRandom(32),
  status: 'accepted',
  address: '',
  token: '',
  petname: '',
  profileName: '',
  color: 0,
  verified: false,
  route,
  capability: systemRandom(16),
  requestToken: null,
  told: 0,
  role: 'person',
  changedAt: 0,
  learnedAt: 0,
};
const id = envelopeId(primitives, { mailbox: contact.account, device: 1, expires: row.expires, body: row.body });

/** What a node answers when it stored these ids in one commit, signed with this key. */
function stored(ids: readonly Uint8Array[], signingSeed = seed, leaf = ids.indexOf(id)): FrameBody {
  const receipts = buildReceipts(primitives, signingSeed, route.network, NOW_MS + 5000, ids);
  const { signature, leaves } = receipts;
  const path = receipts.path(Math.max(0, leaf));
  return {
    case: 'stored',
    value: { at: NOW_MS + 5000, leaves, signature, items: [{ request: 1, leaf, path }], node: new Uint8Array(0) },
  };
}

function attempt(
  answer: FrameBody | Error,
  to = contact,
): { outcome: ReturnType<Transmission['attempt']>; sent: FrameBody[]; transmission: Transmission } {
  const sent: FrameBody[] = [];
  const request = (body: FrameBody): Promise<FrameBody> => {
    sent.push(body);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const clock = { now: () => NOW_MS, after: () => () => undefined };
  const { homes, ...reach } = fakeReach([fakeMember({ seed })]);
  const alone = { ...reach, homes: homes.map((home) => ({ ...home, requests: { request, post: () => false } })) };
  const nothing = (): void => undefined;
  const nodes = { of: () => alone, late: nothing, heard: nothing, outdated: nothing };
  const transmission = new Transmission({ primitives, clock }, nodes);
  return { outcome: transmission.attempt(to, route, row), sent, transmission };
}

describe('a node that says it stored', () => {
  it('ENG-6: is believed when its signature covers this envelope', async () => {
    const { outcome, transmission } = attempt(stored([systemRandom(32), id, systemRandom(32)]));
    expect(await outcome).toEqual({
      result: 'stored',
      nodes: [nodeKeyOf(route.node)],
      of: 1,
      homes: nodeKeyOf(route.node),
      later: null,
    });
    expect(transmission.clockDifferenceMs).toBe(5000);
  });

  const lies: readonly (readonly [string, FrameBody])[] = [
    ['about another envelope', stored([systemRandom(32)], seed, 0)],
    ['with the key of another node', stored([id], systemRandom(32))],
    ['with the path of another leaf', stored([systemRandom(32), id], seed, 0)],
    [
      'without an item',
      {
        case: 'stored',
        value: { at: NOW_MS, leaves: 1, signature: systemRandom(64), items: [], node: new Uint8Array(0) },
      },
    ],
    ['in other words', { case: 'done', value: {} }],
  ];
  it.each(lies)('ENG-6: is not believed %s', async (_name, answer) => {
    expect(await attempt(answer).outcome).toMatchObject({
      result: 'problem',
      problem: { problem: 'bad-receipt', step: 'retry', uncertain: true },
    });
  });
});

describe('access', () => {
  const sentWith = (to: ContactEntry): Pick<SendFrame, 'capability' | 'requestToken' | 'live'> => {
    const [frame] = attempt({ case: 'delivered', value: {} }, to).sent;
    if (frame?.case !== 'send') throw new Error('no send');
    return frame.value;
  };

  it('ENG-6: the capability, else the request token, else nothing; never live', () => {
    const none = new Uint8Array(0);
    const token = systemRandom(16);
    expect(sentWith({ ...contact, requestToken: token })).toMatchObject({
      capability: contact.capability,
      requestToken: none,
    });
    expect(sentWith({ ...contact, capability: null, requestToken: token })).toMatchObject({
      capability: none,
      requestToken: token,
    });
    expect(sentWith({ ...contact, capability: null })).toMatchObject({
      capability: none,
      requestToken: none,
      live: false,
    });
  });
});

describe('refusals', () => {
  const refused = (refusal: RefusalCode, retryMs = 0): ConnectionError =>
    new ConnectionError('refused', '', { refusal, retryMs });

  it.each([
    [RefusalCode.BUSY, 'none', 'busy', 'retry'],
    [RefusalCode.QUOTA, 'none', 'mailbox-full', 'retry'],
    [RefusalCode.DISK_FULL, 'none', 'node-disk-full', 'retry'],
    [RefusalCode.NO_MAILBOX, 'none', 'no-mailbox', 'give-up'],
    [RefusalCode.NOT_ATTACHED, 'none', 'not-here', 'give-up'],
    [RefusalCode.NOT_DELIVERED, 'none', 'left', 'give-up'],
    [RefusalCode.BAD_ENVELOPE, 'none', 'clock', 'give-up'],
    [RefusalCode.TOKEN_USED, 'token', 'not-allowed', 'without-token'],
    [RefusalCode.NOT_ALLOWED, 'capability', 'not-allowed', 'without-capability'],
    [RefusalCode.NOT_ALLOWED, 'token', 'not-allowed', 'without-token'],
    [RefusalCode.NOT_ALLOWED, 'none', 'not-allowed', 'give-up'],
    [RefusalCode.UNSUPPORTED, 'none', 'unsupported', 'give-up'],
  ] as const)('ENG-6: refusal %s presented with %s is %s: %s', (code, access, problem, step) => {
    expect(problemOf(refused(code, 700), access)).toMatchObject({ problem, step });
  });

  it('ENG-6: silence is uncertain, a refusal is not; the node says when to come back', () => {
    expect(problemOf(new ConnectionError('timeout', ''), 'none')).toMatchObject({ step: 'retry', uncertain: true });
    expect(problemOf(new ConnectionError('unreachable', ''), 'none')).toMatchObject({
      step: 'retry',
      uncertain: false,
    });
    expect(problemOf(refused(RefusalCode.BUSY, 700), 'none')).toMatchObject({ retryMs: 700, uncertain: false });
  });

  it('ENG-6: a fault of ours is not blamed on the message', () => {
    expect(() => problemOf(new TypeError('bug'), 'none')).toThrow(TypeError);
  });
});
