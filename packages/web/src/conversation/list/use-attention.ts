import { useSyncExternalStore } from 'react';

function onChange(listener: () => void): () => void {
  window.addEventListener('focus', listener);
  window.addEventListener('blur', listener);
  document.addEventListener('visibilitychange', listener);
  return () => {
    window.removeEventListener('focus', listener);
    window.removeEventListener('blur', listener);
    document.removeEventListener('visibilitychange', listener);
  };
}

export function hasAttention(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

/** Whether the person is looking at this tab, as far as a page can know. */
export function useAttention(): boolean {
  return useSyncExternalStore(onChange, hasAttention);
}
