/** Where the reader is in the list, and keeping them there while it grows at both ends. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';
import { indexOfPosition } from '../../state/message-window.ts';
import type { Messages, MessagesState } from '../../state/messages.ts';
import { hasAttention } from './use-attention.ts';

/** Nearer to an end than this, more is loaded. */
const LOAD_AHEAD_PX = 1200;
/** Nearer to the end than this is at the end. */
const END_PX = 32;

export interface ListPosition {
  readonly virtualizer: RefObject<VirtualizerHandle | null>;
  readonly isAtEnd: boolean;
  /** Position of the last message that can be seen whole; it changes while one scrolls. */
  readonly lastSeen: () => number | null;
  readonly onScroll: () => void;
  /** The height of a row, or of the list, changed. */
  readonly onResize: () => void;
  readonly toIndex: (index: number, align: 'start' | 'center' | 'end' | 'nearest') => void;
  readonly toEnd: () => void;
}

/** @param at where to begin; null: at what is unread, else at the end */
export function useListPosition(messages: Messages, state: MessagesState, at: number | null): ListPosition {
  const virtualizer = useRef<VirtualizerHandle>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const sticks = useRef(true);
  const { messages: all, stretch, firstUnread, hasNewer, grewAtStart } = state;

  const measure = useCallback(() => {
    const list = virtualizer.current;
    if (list === null) return;
    const below = list.scrollSize - list.scrollOffset - list.viewportSize;
    sticks.current = below <= END_PX && !messages.state.hasNewer;
    setAtEnd(sticks.current);
    // What cannot be loaded now is asked for again with the next movement.
    if (list.scrollOffset < LOAD_AHEAD_PX) messages.loadOlder().catch(() => undefined);
    if (below < LOAD_AHEAD_PX) messages.loadNewer().catch(() => undefined);
  }, [messages]);

  const toIndex = useCallback((index: number, align: 'start' | 'center' | 'end' | 'nearest') => {
    virtualizer.current?.scrollToIndex(index, { align });
  }, []);

  const toEnd = useCallback(() => {
    const last = messages.state.messages.length - 1;
    sticks.current = true;
    setAtEnd(!messages.state.hasNewer);
    if (last >= 0) virtualizer.current?.scrollToIndex(last, { align: 'end' });
  }, [messages]);

  const begin = useRef({ at });
  useLayoutEffect(() => {
    begin.current = { at };
  }, [at]);

  // A new stretch begins where it is to be read.
  useLayoutEffect(() => {
    if (stretch === 0) return;
    const list = messages.state.messages;
    const target = begin.current.at ?? messages.state.firstUnread;
    const index = target === null ? -1 : indexOfPosition(list, target);
    if (index >= 0 && index < list.length) {
      sticks.current = false;
      virtualizer.current?.scrollToIndex(
        index,
        begin.current.at === null ? { align: 'start', offset: -72 } : { align: 'center' },
      );
    } else {
      toEnd();
    }
  }, [stretch, messages, toEnd]);

  // Who is at the end stays there, and who writes goes there; unless nobody looks, and what is unread would leave the screen.
  const before = useRef<number | undefined>(undefined);
  useLayoutEffect(() => {
    const last = all.at(-1);
    const isOwn = last?.outgoing === true && before.current !== undefined && last.position > before.current;
    before.current = hasNewer ? undefined : last?.position;
    if (isOwn && !hasNewer && !grewAtStart) sticks.current = true;
    if (!sticks.current || hasNewer || grewAtStart) return;
    const list = virtualizer.current;
    if (!hasAttention() && firstUnread !== null && list !== null) {
      const index = indexOfPosition(all, firstUnread);
      if (list.scrollSize - list.getItemOffset(index) > list.viewportSize) {
        list.scrollToIndex(index, { align: 'start', offset: -72 });
        return;
      }
    }
    toEnd();
  }, [all, hasNewer, grewAtStart, firstUnread, toEnd]);

  const onResize = useCallback(() => {
    if (sticks.current && !messages.state.hasNewer) toEnd();
    else measure();
  }, [messages, toEnd, measure]);

  // A short first page may leave room for more.
  useEffect(() => {
    if (all.length === 0) return undefined;
    const timer = setTimeout(measure, 60);
    return () => clearTimeout(timer);
  }, [all, measure]);

  const lastSeen = useCallback(() => {
    const list = virtualizer.current;
    const held = messages.state.messages;
    if (list === null || held.length === 0) return null;
    const end = list.scrollOffset + list.viewportSize;
    let index = list.findItemIndex(end - 1);
    // One that is cut off counts when there is hardly anything else to be seen.
    const offset = list.getItemOffset(index);
    const isWhole = offset + list.getItemSize(index) <= end + END_PX;
    if (!isWhole && end - offset < list.viewportSize / 2) index--;
    return held[Math.min(index, held.length - 1)]?.position ?? null;
  }, [messages]);

  return { virtualizer, isAtEnd, lastSeen, onScroll: measure, onResize, toIndex, toEnd };
}
