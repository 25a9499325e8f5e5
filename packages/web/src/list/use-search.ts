import { useEffect, useState } from 'react';
import type { Message } from '@sotto/engine/api';
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
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [engine, text]);
  return { found, failure };
}
