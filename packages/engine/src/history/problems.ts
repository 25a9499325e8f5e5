/** Why a message waits or failed, in words for the person. Numbers are stored; never reuse one. */
import type { Amendment } from '../amendments/amendment.ts';

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
  | 'away';

const PROBLEMS: readonly (readonly [name: Problem, words: string])[] = [
  ['none', ''],
  ['unreachable', 'Their node cannot be reached. It is tried again by itself.'],
  ['busy', 'Their node is busy. It is tried again by itself.'],
  ['mailbox-full', 'Their mailbox is full. It is tried again by itself until they have read what waits.'],
  ['node-disk-full', 'The disk of their node is full. It is tried again by itself.'],
  ['no-mailbox', 'Nobody with this address has a mailbox at that node. Check the address, or ask for a new invite.'],
  ['not-here', 'Not delivered: they are not here now, and this node keeps nothing. Try again when they are back.'],
  ['left', 'Not delivered: they left before taking it. Try again when they are back.'],
  ['not-allowed', 'Their node did not accept it from us. They may have blocked this account.'],
  ['clock', 'Their node refused the time in it. Check the clock of this device, then try again.'],
  ['unsupported', 'Their node does not do this.'],
  ['expired', 'Not delivered in time: it was kept for them as long as allowed, and they did not come. Send it again?'],
  [
    'bad-keys',
    'The keys their node gave out are not theirs. Nothing was sent. Compare safety numbers before going on.',
  ],
  ['bad-receipt', 'Their node did not prove that it stored the message. It is tried again by itself.'],
  ['no-route', 'It is not known which node they use. Ask for an invite link.'],
  ['too-long', 'The message is too long to be sent.'],
  ['blocked-here', 'Not sent: you blocked this contact.'],
  ['other-device', 'Not sent by the device on which it was written. Send it again there.'],
  ['restored', 'It was waiting when the backup was made. If it did not reach them later, send it again.'],
  ['no-device', 'Their devices changed. It goes to those that they have now.'],
  ['away', 'They have not been online for more than two weeks. It is sent when they are back.'],
];

export const problemNumber = (problem: Problem): number => PROBLEMS.findIndex(([name]) => name === problem);

/** Words for the person; undefined when all is well. */
export function problemWords(number: unknown): string | undefined {
  return PROBLEMS[Number(number)]?.[1] || undefined;
}

/** The same for a change to a message: what did not get there, and why. */
export function amendmentProblemWords(amendment: Amendment | undefined, number: number): string {
  const what = amendment === undefined ? 'change' : AMENDMENT_NAMES[amendment.kind];
  return `Your ${what} did not reach them. ${problemWords(number) ?? ''}`.trimEnd();
}

const AMENDMENT_NAMES: Record<Amendment['kind'], string> = {
  edit: 'edit',
  delete: 'deletion',
  reaction: 'reaction',
};
