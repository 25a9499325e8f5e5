import type { EngineEvent, EngineHandle } from '@sotto/engine/api';
import { soon } from './soon.ts';

/**
 * The engine's events, those of one frame together: while thousands of messages arrive the page is drawn once a frame,
 * not once an event.
 * @param later runs a function soon, before the next frame
 * @returns ends it; what was not told yet is not told
 */
export function eventsByFrame(
  engine: Pick<EngineHandle, 'on'>,
  listener: (event: EngineEvent) => void,
  later: (run: () => void) => void = soon,
): () => void {
  let waiting: EngineEvent[] = [];
  const tell = (): void => {
    const events = waiting;
    waiting = [];
    for (const event of events) listener(event);
  };
  const stop = engine.on((event) => {
    if (waiting.push(event) === 1) later(tell);
  });
  return () => {
    waiting = [];
    stop();
  };
}
