import { useEffect } from 'react';
import { usePreference } from '../../state/preferences.ts';
import { useProfile, useProfileState } from '../../state/profile-context.tsx';
import { idleStep, isOverdue, latestUse } from './idle-watch.ts';

/** Where the tabs of this browser tell each other when one was used last: a time, nothing else. */
const KEY = 'sotto.used';
/** Use is noted at most so often. */
const NOTE_MS = 5000;
const EVENTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

let isNewPage = true;

/** Somebody proves to be here: the time begins anew in all tabs. */
export const noteUse = (): void => write(Date.now());

/** Locks a profile with a passphrase after a time without use, counted over all tabs. */
export function useAutoLock(): void {
  const profile = useProfile();
  const state = useProfileState();
  const minutes = usePreference('lockAfterMinutes');
  const isLockable = state.kind === 'open' && state.protection === 'passphrase';

  useEffect(() => {
    const isFirst = isNewPage;
    isNewPage = false;
    if (!isLockable || minutes === 0) return;
    if (isFirst && isOverdue(read(), minutes * 60_000, Date.now())) {
      void profile.lock().catch(() => undefined);
      return;
    }
    let used = Date.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    write(used);

    const look = (): void => {
      clearTimeout(timer);
      const step = idleStep(latestUse(used, read(), Date.now()), minutes * 60_000, Date.now());
      if (step.lock) void profile.lock().catch(() => undefined);
      else timer = setTimeout(look, step.waitMs);
    };
    const note = (): void => {
      const now = Date.now();
      if (now - used < NOTE_MS) return;
      // Who comes back after the time is over finds it locked, however the timers slept.
      look();
      used = now;
      write(now);
    };
    const seen = (): void => {
      if (document.visibilityState === 'visible') look();
    };
    for (const event of EVENTS) addEventListener(event, note, { passive: true, capture: true });
    document.addEventListener('visibilitychange', seen);
    look();
    return () => {
      clearTimeout(timer);
      for (const event of EVENTS) removeEventListener(event, note, { capture: true });
      document.removeEventListener('visibilitychange', seen);
    };
  }, [profile, isLockable, minutes]);
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function write(ms: number): void {
  try {
    localStorage.setItem(KEY, String(ms));
  } catch {
    // Each tab counts for itself then.
  }
}
