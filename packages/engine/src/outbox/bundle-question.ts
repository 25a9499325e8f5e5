/**
 * Asks the homes of an account for its devices and their keys. One that is dead is left out, one that lies is found out:
 * a second home is asked for the device list as well, and the newest that the account signed counts (RING-77).
 */
import { findDevice, verifyBundle, verifyDeviceList } from '@sotto/protocol/identity';
import type { VerifiedDeviceList } from '@sotto/protocol/identity';
import { BundlesSchema, create, FetchBundlesSchema } from '@sotto/protocol/wire';
import type { Bundles, PrekeyBundle } from '@sotto/protocol/wire';
import { expectAnswer } from '../connection/index.ts';
import type { Primitives } from '../ports.ts';
import type { Reach, RecipientNode } from '../ring/recipient-nodes.ts';
import { agreedProblem } from './agreed-problem.ts';
import { problemOf, SendingProblem } from './sending-problem.ts';
import type { Access } from './sending-problem.ts';

/** A home that could be replaced by another one may take so long. */
const PATIENCE_MS = 4000;
/** Empty bytes: nothing is presented. */
const NOTHING = new Uint8Array(0);

export interface BundleQuestionParts {
  readonly primitives: Primitives;
  readonly reach: Reach;
  /** 32 B. */
  readonly account: Uint8Array;
  /** Gives one-time keys; empty: none are needed. */
  readonly capability: Uint8Array;
  readonly requestToken: Uint8Array;
  /** It was refused, and is not presented again. */
  readonly onAccessRefused: (problem: SendingProblem) => void;
}

interface Answer {
  readonly home: RecipientNode;
  readonly bundles: Bundles;
}

/** @throws SendingProblem */
export async function askForBundles(parts: BundleQuestionParts): Promise<Bundles> {
  const { homes, placed } = parts.reach;
  const [only, next] = homes;
  if (only !== undefined && next === undefined) return await askPresenting(parts, only);
  const second = next === undefined ? Promise.resolve(null) : askPlainly(parts, next);
  const problems: SendingProblem[] = [];
  for (const home of homes) {
    try {
      const first = { home, bundles: await askPresenting(parts, home, PATIENCE_MS) };
      const both = merged(parts, first, await witness(parts, first, await second));
      if (both !== null) return both;
      problems.push(new SendingProblem('bad-keys', 'give-up', { certain: true }));
    } catch (error) {
      problems.push(problemOf(error, 'none'));
    }
  }
  throw agreedProblem(problems, placed.w);
}

/** What another home than the first answers; null: none does. */
async function witness(parts: BundleQuestionParts, first: Answer, asked: Answer | null): Promise<Answer | null> {
  if (asked !== null && asked.home !== first.home) return asked;
  for (const home of parts.reach.homes.slice(1)) {
    if (home === first.home || (asked === null && home === parts.reach.homes[1])) continue;
    const answer = await askPlainly(parts, home);
    if (answer !== null) return answer;
  }
  return null;
}

async function askPresenting(parts: BundleQuestionParts, home: RecipientNode, timeoutMs?: number): Promise<Bundles> {
  const { capability, requestToken, onAccessRefused } = parts;
  const access: Access = capability.length > 0 ? 'capability' : requestToken.length > 0 ? 'token' : 'none';
  try {
    return await ask(parts, home, capability, requestToken, timeoutMs);
  } catch (error) {
    const problem = problemOf(error, access);
    if (problem.step !== 'without-capability' && problem.step !== 'without-token') throw problem;
    // One home of several may just not know of it yet.
    if (parts.reach.homes.length === 1) onAccessRefused(problem);
    return await ask(parts, home, NOTHING, NOTHING, timeoutMs);
  }
}

/** Uses up no one-time key. */
async function askPlainly(parts: BundleQuestionParts, home: RecipientNode): Promise<Answer | null> {
  try {
    return { home, bundles: await ask(parts, home, NOTHING, NOTHING, PATIENCE_MS) };
  } catch (error) {
    problemOf(error, 'none');
    return null;
  }
}

async function ask(
  { account }: BundleQuestionParts,
  home: RecipientNode,
  capability: Uint8Array,
  requestToken: Uint8Array,
  timeoutMs?: number,
): Promise<Bundles> {
  const body = create(FetchBundlesSchema, { account, devices: [], capability, requestToken });
  const options = timeoutMs === undefined ? undefined : { timeoutMs };
  return expectAnswer(await home.requests.request({ case: 'fetchBundles', value: body }, options), 'bundles');
}

/**
 * The newest list of both, and of each device the keys that belong to it, from the first home where it has them; null:
 * nothing of what they answer is true.
 */
function merged(parts: BundleQuestionParts, first: Answer, second: Answer | null): Bundles | null {
  const answers = second === null ? [first] : [second, first];
  let best: { readonly list: VerifiedDeviceList; readonly deviceList: Bundles['deviceList'] } | null = null;
  for (const { bundles } of answers) {
    const list = listIn(parts, bundles);
    const isNewest = list !== null && (best === null || list.revision >= best.list.revision);
    if (isNewest) best = { list, deviceList: bundles.deviceList };
  }
  if (best === null) return null;
  const { list, deviceList } = best;
  const offered = answers.flatMap(({ bundles }) => bundles.bundles);
  const usable = new Map<number, PrekeyBundle>();
  for (const bundle of offered) if (isUsable(parts, bundle, list)) usable.set(bundle.device, bundle);
  if (usable.size === 0 && offered.length > 0) return null;
  return create(BundlesSchema, { ...(deviceList === undefined ? {} : { deviceList }), bundles: [...usable.values()] });
}

function listIn({ primitives, account }: BundleQuestionParts, { deviceList }: Bundles): VerifiedDeviceList | null {
  if (deviceList === undefined) return null;
  try {
    return verifyDeviceList(primitives, deviceList, account);
  } catch {
    return null;
  }
}

function isUsable({ primitives }: BundleQuestionParts, bundle: PrekeyBundle, list: VerifiedDeviceList): boolean {
  const entry = list.devices.find(({ device }) => device === bundle.device);
  const certificate = entry === undefined ? null : findDevice(list, entry);
  if (certificate === null) return false;
  try {
    verifyBundle(primitives, bundle, certificate);
    return true;
  } catch {
    return false;
  }
}
