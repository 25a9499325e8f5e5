/** Waiting for something to be so, for a while. */
import type { EngineEvent, WaitFor } from './api.ts';
import type { EngineParts } from './engine-parts.ts';
import { hasReached } from './history/message-state.ts';

/** Ends when `isSo`, looked at after each event of this type, or when the time is over. */
export function untilEvent(
  { events, timers }: Pick<EngineParts, 'events' | 'timers'>,
  type: EngineEvent['type'],
  isSo: () => boolean,
  timeoutMs: number,
): Promise<void> {
  if (isSo()) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      off();
      cancel();
      resolve();
    };
    const off = events.on((event) => {
      if (event.type === type && isSo()) end();
    });
    const cancel = timers.after(timeoutMs, end);
  });
}

/** Ends when the message has got so far, has failed, or the time is over. */
export function untilReached(parts: EngineParts, position: number, wanted: WaitFor, timeoutMs: number): Promise<void> {
  const { history } = parts;
  const isSo = (): boolean => {
    const row = history.byPosition(position);
    return row === null || hasReached(history.toApi(row).state, wanted);
  };
  return untilEvent(parts, 'changed', isSo, timeoutMs);
}
