import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Contact, Message } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { announce } from '../../app/live-region.tsx';
import type { Messages, MessagesState } from '../../state/messages.ts';
import { isBubble } from './rows.ts';
import { shortLine, textOf } from '../text/spoken-text.ts';
import { hasAttention } from './use-attention.ts';

/** Arriving together they are told together. */
const TELL_AFTER_MS = 400;

/**
 * Says what arrives to who listens, and begins the unread line with what arrives while nobody looks.
 * @returns how many messages are below the line
 */
export function useArrivals(messages: Messages, state: MessagesState, contact: Contact): number {
  const { t } = useTranslation('conversation');
  const newest = useRef<number | null>(null);
  const waiting = useRef<Message[]>([]);
  const { messages: all, status, hasNewer, stretch } = state;
  const seenStretch = useRef(stretch);

  useEffect(() => {
    if (status !== 'ready') return;
    const last = all.at(-1)?.position ?? -1;
    const before = newest.current;
    const isAnew = seenStretch.current !== stretch;
    seenStretch.current = stretch;
    newest.current = last;
    if (before === null || isAnew || hasNewer || last <= before) return;
    const arrived = all.slice(all.findLastIndex(({ position }) => position <= before) + 1);
    const theirs = arrived.filter((message) => !message.outgoing && message.state !== 'read' && isBubble(message));
    if (arrived.some(({ outgoing }) => outgoing)) messages.forgetUnread();
    const [first] = theirs;
    if (first === undefined) return;
    if (!hasAttention() && messages.state.firstUnread === null) messages.beginUnread(first.position);
    if (waiting.current.length === 0) {
      setTimeout(() => {
        const told = waiting.current;
        waiting.current = [];
        const [only] = told;
        if (only === undefined || !hasAttention()) return;
        const words = { name: safeLine(only.name), text: shortLine(textOf(only) ?? '') };
        announce(told.length === 1 ? t('arrived', words) : t('arrivedMany', { count: told.length }));
      }, TELL_AFTER_MS);
    }
    waiting.current.push(...theirs);
  }, [all, status, hasNewer, stretch, messages, t]);

  return useUnreadBelow(state, contact);
}

/** The count on the line stays what it was, while one reads it grows only. */
function useUnreadBelow({ firstUnread }: MessagesState, { unread }: Contact): number {
  const [held, setHeld] = useState({ firstUnread, count: unread });
  if (held.firstUnread !== firstUnread) setHeld({ firstUnread, count: Math.max(unread, 1) });
  else if (firstUnread !== null && unread > held.count) setHeld({ firstUnread, count: unread });
  return held.count;
}
