import { expect, it } from 'vitest';
import type { EngineEvent } from '@sotto/engine/api';
import { eventsByFrame } from './events-by-frame.ts';

const typing = (address: string): EngineEvent => ({ type: 'typing', address, active: true });

function started() {
  let tell: (event: EngineEvent) => void = () => undefined;
  const frames: (() => void)[] = [];
  const heard: EngineEvent[] = [];
  const engine = {
    on: (listener: typeof tell) => {
      tell = listener;
      return () => (tell = () => undefined);
    },
  };
  const stop = eventsByFrame(
    engine,
    (event) => heard.push(event),
    (run) => frames.push(run),
  );
  return { tell: (event: EngineEvent) => tell(event), frames, heard, stop };
}

it('tells the events of a frame together and in order, and asks for one frame only', () => {
  const { tell, frames, heard } = started();
  tell(typing('a'));
  tell(typing('b'));
  expect(heard).toEqual([]);
  expect(frames).toHaveLength(1);
  frames[0]?.();
  expect(heard).toEqual([typing('a'), typing('b')]);
  tell(typing('c'));
  frames[1]?.();
  expect(heard).toEqual([typing('a'), typing('b'), typing('c')]);
});

it('ended, it tells nothing more', () => {
  const { tell, frames, heard, stop } = started();
  tell(typing('a'));
  stop();
  frames[0]?.();
  tell(typing('b'));
  expect(heard).toEqual([]);
});
