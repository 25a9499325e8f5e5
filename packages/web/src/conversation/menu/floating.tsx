import { useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Popover } from 'react-aria-components/Popover';
import { cx } from '../../design/cx.ts';
import type { Anchor } from '../conversation-context.tsx';
import styles from './floating.module.css';

export interface FloatingProps {
  readonly anchor: Anchor;
  readonly onClose: () => void;
  readonly placement?: 'bottom' | 'top' | 'bottom start' | 'top end' | 'bottom end';
  readonly children: ReactNode;
  /** No frame of its own. */
  readonly bare?: boolean;
}

/** Something that opens beside an element, or at a place of the window. */
export function Floating({ anchor, onClose, placement = 'bottom start', children, bare = false }: FloatingProps) {
  const point = useRef<HTMLSpanElement>(null);
  const [isPlaced, setPlaced] = useState(false);
  useLayoutEffect(() => {
    const place = point.current;
    if (place === null) return;
    // What it opens beside may go away meanwhile: its place is what counts.
    const { x, y, width = 0, height = 0 } = anchor instanceof Element ? anchor.getBoundingClientRect() : anchor;
    // Counted from the left of the window, in every direction of writing.
    const size = { left: x, top: y, width, height };
    for (const [name, value] of Object.entries(size)) place.style.setProperty(name, `${value}px`);
    setPlaced(true);
  }, [anchor]);
  return (
    <>
      <span ref={point} className={styles.point} />
      {isPlaced && (
        <Popover
          triggerRef={point}
          isOpen
          onOpenChange={(open) => {
            if (!open) onClose();
          }}
          placement={placement}
          offset={4}
          className={cx(styles.popover, bare && styles.bare)}
        >
          {children}
        </Popover>
      )}
    </>
  );
}
