import { useEffect, useState } from 'react';
import type { EngineEvent, Message } from '@sotto/engine/api';
import { eventsByFrame } from '../state/events-by-frame.ts';
import { useEngine } from '../state/profile-context.tsx';

export interface Found {
  /** What was searched for. */
  readonly text: string;
  readonly messages: readonly Message[];
  /** Messages that could be searched, of all there are. */
  readonly indexed: number;
  readonly total: number;
}

const PAUSE_MS = 120;
const AGAIN_MS = 1000;
const MAX_FOUND = 60;

/** Messages with these words; null while the first answer is awaited. Asks again while the index is being made. */
export function useSearch(text: string): { readonly found: Found | null; readonly failure: unknown } {
  const engine = useEngine();
  const [found, setFound] = useState<Found | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const { messages, indexed, total } = await engine.search({ text, limit: MAX_FOUND });
        if (stopped) return;
        setFound({ text, messages, indexed, total });
        setFailure(null);
        if (indexed < total) timer = setTimeout(() => void ask(), AGAIN_MS);
      } catch (error) {
        if (!stopped) setFailure(error);
      }
    };
    timer = setTimeout(() => void ask(), PAUSE_MS);
    const stop = eventsByFrame(engine, (event) =>
      setFound((before) => (before === null ? null : after(before, event))),
    );
    return () => {
      stopped = true;
      stop();
      clearTimeout(timer);
    };
  }, [engine, text]);
  return { found, failure };
}

/** Words that are gone from the history are not found any more. */
export function after(found: Found, event: EngineEvent): Found {
  if (event.type !== 'removed' && event.type !== 'changed') return found;
  const isWordless = event.type === 'removed' || !('text' in event.message.content);
  const position = event.type === 'removed' ? event.position : event.message.position;
  if (!isWordless || found.messages.every((message) => message.position !== position)) return found;
  return { ...found, messages: found.messages.filter((message) => message.position !== position) };
}
