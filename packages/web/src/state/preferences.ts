/** What this browser remembers of the looks and manners of the interface. Never a secret, never a name or a word of anybody. */
import { createStore, useStore } from 'zustand';

export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  /** Of everything, in steps. */
  readonly textSize: 'normal' | 'large' | 'larger';
  /** Enter sends (Shift+Enter begins a line), or the other way round. */
  readonly enterSends: boolean;
  /** `private`: that somebody wrote, not who nor what. */
  readonly notifications: 'off' | 'private' | 'full';
  readonly sounds: boolean;
  /** Minutes without use until a profile with a passphrase locks; 0: never. */
  readonly lockAfterMinutes: number;
  /** The recovery phrase was not written down when it was shown: a reminder stands in the list. */
  readonly phraseDue: boolean;
}

export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'system',
  textSize: 'normal',
  enterSends: true,
  notifications: 'off',
  sounds: false,
  lockAfterMinutes: 15,
  phraseDue: false,
};

const KEY = 'sotto.preferences';

/** Only what has the right shape is taken; the rest is as it is from the beginning. */
export function readPreferences(text: string | null): Preferences {
  let found: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) found = parsed as Record<string, unknown>;
  } catch {
    // Not ours: as from the beginning.
  }
  const { theme, textSize, enterSends, notifications, sounds, lockAfterMinutes, phraseDue } = found;
  const base = DEFAULT_PREFERENCES;
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : base.theme,
    textSize: textSize === 'large' || textSize === 'larger' ? textSize : base.textSize,
    enterSends: typeof enterSends === 'boolean' ? enterSends : base.enterSends,
    notifications: notifications === 'private' || notifications === 'full' ? notifications : base.notifications,
    sounds: typeof sounds === 'boolean' ? sounds : base.sounds,
    lockAfterMinutes:
      typeof lockAfterMinutes === 'number' && lockAfterMinutes >= 0 ? lockAfterMinutes : base.lockAfterMinutes,
    phraseDue: phraseDue === true,
  };
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

const preferences = createStore<Preferences>(() => readPreferences(stored()));

export function getPreferences(): Preferences {
  return preferences.getState();
}

export function setPreferences(change: Partial<Preferences>): void {
  preferences.setState(change);
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.getState()));
  } catch {
    // A browser that keeps nothing: it holds as long as the page is open.
  }
}

export function usePreference<Name extends keyof Preferences>(name: Name): Preferences[Name] {
  return useStore(preferences, (state) => state[name]);
}

/** Calls `listener` with every change, of other tabs too. */
export function onPreferences(listener: (preferences: Preferences) => void): () => void {
  const stop = preferences.subscribe(listener);
  const onStorage = (event: StorageEvent) => {
    if (event.key === KEY) preferences.setState(readPreferences(event.newValue));
  };
  window.addEventListener('storage', onStorage);
  return () => {
    stop();
    window.removeEventListener('storage', onStorage);
  };
}
