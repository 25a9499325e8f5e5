import { useCallback, useEffect, useRef, useState } from 'react';
import { useErrorText } from '../app/errors.ts';
import { holdVersion } from '../pwa/service-worker.ts';

export interface Task {
  readonly busy: boolean;
  /** Why it did not work, in words; null: it did, or was not tried. */
  readonly problem: string | null;
  /** One at a time: a second call while the first is under way does nothing. @returns whether it worked */
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>;
  readonly setProblem: (problem: string | null) => void;
}

/** Something that a person starts and that takes a while: whether it runs, and what went wrong. */
export function useTask(): Task {
  const errorText = useErrorText();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const running = useRef(false);
  const mounted = useRef(true);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  const run = useCallback(
    async (work: () => Promise<unknown>) => {
      if (running.current) return false;
      running.current = true;
      setBusy(true);
      setProblem(null);
      // No newer build, taken in another tab, reloads this one meanwhile (WEB-9).
      const release = holdVersion();
      try {
        await work();
        return true;
      } catch (error) {
        if (mounted.current) setProblem(errorText(error));
        return false;
      } finally {
        release();
        running.current = false;
        if (mounted.current) setBusy(false);
      }
    },
    [errorText],
  );
  return { busy, problem, run, setProblem };
}
