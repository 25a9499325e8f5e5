import { useCallback, useEffect, useRef } from 'react';
import type { Contact } from '@sotto/engine/api';
import { useEngine } from '../../state/profile-context.tsx';
import { useAttention } from './use-attention.ts';

/** So long a message has to be on the screen. */
const READ_AFTER_MS = 250;

/**
 * Marks as read what was on the screen while the person looked at this tab.
 * @param lastSeen position of the last message that can be seen
 * @param newest position of the newest one that is held
 * @returns to be called when that may have changed
 */
export function useReading(contact: Contact, lastSeen: () => number | null, newest: number | null): () => void {
  const engine = useEngine();
  const isLooking = useAttention();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const told = useRef(-1);
  const { address, unread, status } = contact;
  // Nothing of a request is read back to its author.
  const isWanted = isLooking && unread > 0 && status !== 'blocked';

  const look = useCallback(() => {
    if (!isWanted || timer.current !== null) return;
    timer.current = setTimeout(() => {
      timer.current = null;
      const upTo = lastSeen();
      if (upTo === null || upTo <= told.current) return;
      told.current = upTo;
      engine.markRead({ conversation: address, upTo }).catch(() => {
        // It stays unread, which is true, and is tried with the next movement.
        told.current = -1;
      });
    }, READ_AFTER_MS);
  }, [isWanted, lastSeen, engine, address]);

  useEffect(() => {
    if (newest !== null && unread > 0) look();
    return () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    };
  }, [look, newest, unread]);
  return look;
}
