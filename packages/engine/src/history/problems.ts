/** Why a message waits or failed, in words for the person. Numbers are stored; never reuse one. */
import type { Amendment } from '../amendments/amendment.ts';
import { say, sayAll } from '../sentences/say.ts';
import type { Spoken } from '../sentences/say.ts';

export type Problem =
  | 'none'
  | 'unreachable'
  | 'busy'
  | 'mailbox-full'
  | 'node-disk-full'
  | 'no-mailbox'
  | 'not-here'
  | 'left'
  | 'not-allowed'
  | 'clock'
  | 'unsupported'
  | 'expired'
  | 'bad-keys'
  | 'bad-receipt'
  | 'no-route'
  | 'too-long'
  | 'blocked-here'
  | 'other-device'
  | 'restored'
  | 'no-device'
  | 'away'
  | 'few-homes';

const PROBLEMS: readonly Problem[] = [
  'none',
  'unreachable',
  'busy',
  'mailbox-full',
  'node-disk-full',
  'no-mailbox',
  'not-here',
  'left',
  'not-allowed',
  'clock',
  'unsupported',
  'expired',
  'bad-keys',
  'bad-receipt',
  'no-route',
  'too-long',
  'blocked-here',
  'other-device',
  'restored',
  'no-device',
  'away',
  'few-homes',
];

export const problemNumber = (problem: Problem): number => PROBLEMS.indexOf(problem);

/** Words for the person; undefined when all is well. */
export function problemWords(number: unknown): Spoken | undefined {
  const problem = PROBLEMS[Number(number)] ?? 'none';
  return problem === 'none' ? undefined : say(`problem-${problem}`);
}

/** The same for a change to a message: what did not get there, and why. */
export function amendmentProblemWords(amendment: Amendment | undefined, number: number): Spoken {
  const what = say(`amendment-${amendment?.kind ?? 'change'}`);
  const why = problemWords(number);
  return why === undefined ? what : sayAll(what, why);
}
