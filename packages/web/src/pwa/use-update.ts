import { useSyncExternalStore } from 'react';
import { applyUpdate, isUpdateReady, onUpdateReady } from './service-worker.ts';

export interface Update {
  /** A newer build is here and waits; nothing happens until `apply`, or until the last tab is closed. */
  readonly ready: boolean;
  /** Changes over: all tabs reload. What is being written is kept as a draft. */
  apply(): void;
}

export function useUpdate(): Update {
  const ready = useSyncExternalStore(onUpdateReady, isUpdateReady);
  return { ready, apply: applyUpdate };
}
