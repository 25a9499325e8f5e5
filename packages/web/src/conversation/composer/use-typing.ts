import { useCallback, useEffect, useRef } from 'react';
import { useEngine } from '../../state/profile-context.tsx';

/** Told again at most so often; the engine keeps its own measure as well. */
const AGAIN_MS = 2500;
/** Without a key for so long, one does not type any more. */
const PAUSE_MS = 5000;

/** Tells the other side that one types. @returns to be called with every change of the text */
export function useTyping(address: string): (isTyping: boolean) => void {
  const engine = useEngine();
  const state = useRef<{ toldAt: number; timer: ReturnType<typeof setTimeout> | null }>({ toldAt: 0, timer: null });
  const tell = useCallback(
    (active: boolean) => void engine.typing({ to: address, active }).catch(() => undefined),
    [engine, address],
  );
  const stop = useCallback(() => {
    const { current } = state;
    if (current.timer !== null) clearTimeout(current.timer);
    current.timer = null;
    if (current.toldAt !== 0) tell(false);
    current.toldAt = 0;
  }, [tell]);
  useEffect(() => stop, [stop]);
  return useCallback(
    (isTyping) => {
      const { current } = state;
      if (!isTyping) return stop();
      if (current.timer !== null) clearTimeout(current.timer);
      current.timer = setTimeout(stop, PAUSE_MS);
      const now = performance.now();
      if (current.toldAt !== 0 && now - current.toldAt < AGAIN_MS) return;
      current.toldAt = now;
      tell(true);
    },
    [tell, stop],
  );
}
