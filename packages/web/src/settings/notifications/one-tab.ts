/** Of several tabs one notifies, and none while one of them is looked at. Told by Web Locks: they end with their tab. */

const NOTIFIER = 'sotto-notifies';
const WATCHED = 'sotto-watched';

/** Whether this page is in front of somebody. */
function isWatched(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

export interface TabDuty {
  /** Whether it is for this tab to notify now. */
  isDue(): Promise<boolean>;
  end(): void;
}

/** @param alone this tab shares its profile with no other one */
export function beginDuty(alone: boolean): TabDuty {
  const locks = alone ? undefined : (navigator.locks as LockManager | undefined);
  if (locks === undefined) {
    return { isDue: () => Promise.resolve(!isWatched()), end: () => undefined };
  }
  const ended = new AbortController();
  let isMine = false;
  hold(locks, NOTIFIER, 'exclusive', ended.signal, () => {
    isMine = true;
  });
  let watching: AbortController | null = null;
  const look = (): void => {
    if (isWatched() === (watching !== null)) return;
    if (watching === null) {
      watching = new AbortController();
      hold(locks, WATCHED, 'shared', watching.signal, () => undefined);
    } else {
      watching.abort();
      watching = null;
    }
  };
  look();
  addEventListener('focus', look);
  addEventListener('blur', look);
  document.addEventListener('visibilitychange', look);
  return {
    async isDue() {
      if (!isMine || isWatched()) return false;
      const { held = [] } = await locks.query();
      return !held.some(({ name }) => name === WATCHED);
    },
    end() {
      ended.abort();
      watching?.abort();
      removeEventListener('focus', look);
      removeEventListener('blur', look);
      document.removeEventListener('visibilitychange', look);
    },
  };
}

/** Waits for a lock and keeps it until `signal` aborts. */
function hold(locks: LockManager, name: string, mode: LockMode, signal: AbortSignal, onHeld: () => void): void {
  locks
    .request(name, { mode, signal }, () => {
      onHeld();
      return new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    })
    // Aborted while it waited.
    .catch(() => undefined);
}
