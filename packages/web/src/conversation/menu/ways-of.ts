import type { Message } from '@sotto/engine/api';

/** What can be done with a message. */
export type Way = 'react' | 'retry' | 'reply' | 'edit' | 'copy' | 'info' | 'remove';

/** In the order of the menu. */
export function waysOf({ content, outgoing, state, amendmentProblem }: Message): Way[] {
  const hasWords = 'text' in content;
  const isGap = 'gap' in content;
  const ways: Way[] = [];
  if (hasWords && state !== 'failed') ways.push('react');
  if (amendmentProblem !== undefined || (outgoing && state === 'failed')) ways.push('retry');
  if (hasWords) ways.push('reply');
  if (hasWords && outgoing) ways.push('edit');
  if (hasWords) ways.push('copy');
  if (!isGap) ways.push('info', 'remove');
  return ways;
}

/** Whether its words can be taken back from the other side, too. */
export function canTakeBack({ content, outgoing }: Message): boolean {
  return outgoing && 'text' in content;
}
