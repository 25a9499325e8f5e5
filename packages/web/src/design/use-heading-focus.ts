import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';

/**
 * For the heading of a screen that takes another one's place: when what had the focus is gone, whoever listens or uses keys
 * begins there. A field that wants the focus keeps it.
 */
export function useHeadingFocus(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return heading;
}
