import { type Primitives, type Random, sameBytes } from '@sotto/protocol/crypto';
import { type Clock, LinkInitiator } from '@sotto/protocol/link';
import { networkIdOf, type VerifiedDescriptor } from '@sotto/protocol/identity';
import type { Suite } from '@sotto/protocol/noise';
import {
  DescriptorSet,
  isJoinToken,
  type JoinToken,
  parseJoinToken,
  RingError,
  verifyAdmission,
} from '@sotto/protocol/ring';
import {
  AdmissionSchema,
  create,
  encode,
  type FetchView,
  FetchViewSchema,
  type Joined,
  JoinSchema,
  type NodeDescriptor,
  NodeDescriptorSchema,
  RefusalCode,
} from '@sotto/protocol/wire';
import { AnonymousCall } from './anonymous-call.ts';
import { fetchDescriptor } from './fetch-descriptor.ts';
import { JoinError } from './join-error.ts';
import type { PeerDialer } from './peer-dialer.ts';
import type { RingState } from './ring-file.ts';

export interface JoinParts {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly clock: Clock;
  readonly dialer: PeerDialer;
  readonly psk: Uint8Array | null;
  readonly nodeId: Uint8Array;
  readonly operator: Uint8Array;
}

/** At most so many nodes are asked for before the first gossip: the rest comes by it. */
const MAX_FETCHED = 2000;

/**
 * Asks a member for admission, and which nodes there are (RING-44).
 * @param to a join token, or ws:// or wss:// address of a member that lets anybody in
 * @returns what this node is to keep of its ring
 * @throws JoinError
 */
export async function joinRing(parts: JoinParts, to: string): Promise<RingState> {
  const token = tokenOf(to, parts.clock.now());
  const urls = token?.urls ?? [to];
  let last: unknown;
  for (const url of urls) {
    try {
      return await joinAt(parts, url, token);
    } catch (error) {
      if (!(error instanceof JoinError)) throw error;
      last = error;
      if (!error.retry) break;
    }
  }
  throw last;
}

async function joinAt(parts: JoinParts, url: string, token: JoinToken | null): Promise<RingState> {
  const { primitives, nodeId, operator } = parts;
  const member = await fetchDescriptor(parts, url, token);
  const call = await AnonymousCall.open(parts, url, (suite) => initiatorFor(parts, suite, member));
  try {
    const ask = create(JoinSchema, { node: nodeId, operator, ...(token === null ? {} : { secret: token.secret }) });
    const answer = await call.ask({ case: 'join', value: ask });
    if (answer.case === 'refusal') throw refusedBecause(answer.value.code, token !== null);
    if (answer.case !== 'joined') throw new JoinError('bad-answer');
    const { founders, epochSeconds } = answer.value;
    const admission = checked(parts, answer.value, member.network);
    const set = new DescriptorSet({ primitives, network: member.network, epochSeconds });
    await fetchMembers(parts, call, set);
    const descriptors = set.all().map(({ encoded }) => encoded);
    if (descriptors.length === 0) throw new JoinError('bad-answer');
    return { founders, epochSeconds, admission, descriptors, sequence: 0, invites: [] };
  } finally {
    call.close();
  }
}

function initiatorFor(parts: JoinParts, suite: Suite, { network, linkKey }: VerifiedDescriptor): LinkInitiator {
  const { primitives, random, psk } = parts;
  return new LinkInitiator({
    primitives,
    random,
    suite,
    network,
    nodeId: null,
    nowMs: null,
    psk,
    remoteLinkKey: linkKey,
  });
}

/** @returns the admission, encoded @throws JoinError when it is none to this network */
function checked({ primitives, nodeId, operator }: JoinParts, joined: Joined, network: Uint8Array): Uint8Array {
  const { admission, founders } = joined;
  try {
    if (!sameBytes(networkIdOf(primitives, founders), network)) throw new JoinError('bad-answer');
    verifyAdmission(primitives, admission!, { network, founders, node: nodeId, operator });
  } catch (cause) {
    throw new JoinError('bad-answer', { cause });
  }
  return encode(AdmissionSchema, admission!);
}

async function fetchMembers({ clock }: JoinParts, call: AnonymousCall, set: DescriptorSet): Promise<void> {
  for (let after = 0; after < MAX_FETCHED;) {
    const fetch: FetchView = create(FetchViewSchema, { after });
    const answer = await call.ask({ case: 'fetchView', value: fetch });
    if (answer.case !== 'view') throw new JoinError('bad-answer');
    for (const descriptor of answer.value.descriptors) set.add(encodedOf(descriptor), clock.now());
    after += answer.value.descriptors.length;
    if (answer.value.descriptors.length === 0 || after >= answer.value.total) return;
  }
}

const encodedOf = (descriptor: NodeDescriptor): Uint8Array => encode(NodeDescriptorSchema, descriptor);

function tokenOf(text: string, nowMs: number): JoinToken | null {
  if (!isJoinToken(text)) return null;
  try {
    return parseJoinToken(text, nowMs);
  } catch (cause) {
    if (!(cause instanceof RingError)) throw cause;
    throw new JoinError(cause.code === 'expired' ? 'token-expired' : 'bad-token', { cause });
  }
}

function refusedBecause(code: RefusalCode, withToken: boolean): JoinError {
  if (code === RefusalCode.BUSY) return new JoinError('busy');
  if (code === RefusalCode.TOKEN_USED) return new JoinError('token-used');
  if (code === RefusalCode.NOT_ALLOWED && !withToken) return new JoinError('token-needed');
  return new JoinError('not-admitting');
}
