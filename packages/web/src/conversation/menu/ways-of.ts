import type { ContactStatus, Message } from '@sotto/engine/api';

/** What can be done with a message. */
export type Way = 'react' | 'retry' | 'reply' | 'edit' | 'copy' | 'info' | 'remove';

/** In the order of the menu. With somebody who is not accepted one does not talk, so nothing of it is answered. */
export function waysOf({ content, outgoing, state, amendmentProblem }: Message, status: ContactStatus): Way[] {
  const hasWords = 'text' in content;
  const talks = status === 'accepted';
  const isGap = 'gap' in content;
  const ways: Way[] = [];
  if (talks && hasWords && state !== 'failed') ways.push('react');
  if (talks && (amendmentProblem !== undefined || (outgoing && state === 'failed'))) ways.push('retry');
  if (talks && hasWords) ways.push('reply');
  if (talks && hasWords && outgoing) ways.push('edit');
  if (hasWords) ways.push('copy');
  if (!isGap) ways.push('info', 'remove');
  return ways;
}

/** Whether its words can be taken back from the other side, too. */
export function canTakeBack({ content, outgoing }: Message): boolean {
  return outgoing && 'text' in content;
}
