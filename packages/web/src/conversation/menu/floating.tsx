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
  const trigger = useRef<Element>(null);
  const [isPlaced, setPlaced] = useState(false);
  useLayoutEffect(() => {
    const place = point.current;
    if (place === null) return;
    if (anchor instanceof Element) {
      trigger.current = anchor;
    } else {
      // A place of the window is counted from its left, in every direction of writing.
      place.style.setProperty('left', `${anchor.x}px`);
      place.style.setProperty('top', `${anchor.y}px`);
      trigger.current = place;
    }
    setPlaced(true);
  }, [anchor]);
  return (
    <>
      <span ref={point} className={styles.point} />
      {isPlaced && (
        <Popover
          triggerRef={trigger}
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
