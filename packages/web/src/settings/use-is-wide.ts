import { useLayoutEffect, useState } from 'react';
import type { RefObject } from 'react';

/** Whether an element, not the window, is at least so wide. */
export function useIsWide(element: RefObject<HTMLElement | null>, px: number): boolean {
  const [isWide, setIsWide] = useState(false);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const look = (): void => setIsWide(current.clientWidth >= px);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(current);
    return () => observer.disconnect();
  }, [element, px]);
  return isWide;
}
