import { useRef } from 'react';
import type { PointerEvent } from 'react';

const HOLD_MS = 450;
/** Farther than this the finger scrolls. */
const SLACK_PX = 10;

interface Handlers {
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: () => void;
  readonly onPointerCancel: () => void;
}

/** A finger that stays: what a right press is to a mouse. */
export function useLongPress(onHold: (point: { x: number; y: number }) => void): Handlers {
  const held = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const end = () => {
    if (held.current !== null) clearTimeout(held.current.timer);
    held.current = null;
  };
  return {
    onPointerDown: (event) => {
      end();
      if (event.pointerType === 'mouse' || !event.isPrimary) return;
      if (event.target instanceof Element && event.target.closest('a, button') !== null) return;
      const point = { x: event.clientX, y: event.clientY };
      const timer = setTimeout(() => {
        held.current = null;
        navigator.vibrate?.(12);
        onHold(point);
      }, HOLD_MS);
      held.current = { timer, ...point };
    },
    onPointerMove: (event) => {
      const from = held.current;
      if (from !== null && Math.hypot(event.clientX - from.x, event.clientY - from.y) > SLACK_PX) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}
