import { useEffect, useRef } from 'react';
import type { Opened } from './use-actions.ts';

/** When something that was opened for a message closes, and what had the focus is gone, the message gets it. */
export function useFocusBack(opened: Opened): void {
  const last = useRef<Opened>(null);
  useEffect(() => {
    const before = last.current;
    last.current = opened;
    if (before === null || opened !== null) return undefined;
    // After those who give it back themselves.
    const timer = setTimeout(() => {
      if (document.activeElement !== null && document.activeElement !== document.body) return;
      const row = document.querySelector<HTMLElement>(`article[data-position="${before.message.position}"]`);
      row?.focus({ preventScroll: true });
    }, 300);
    return () => clearTimeout(timer);
  }, [opened]);
}
