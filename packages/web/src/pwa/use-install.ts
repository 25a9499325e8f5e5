import { useSyncExternalStore } from 'react';
import { hasOffer, onOffer, takeOffer } from './install-prompt.ts';

export interface Install {
  /** This browser offers to install the page, and it is not installed. */
  readonly available: boolean;
  /** Only in answer to a click. @returns whether the person agreed */
  install(): Promise<boolean>;
}

export function useInstall(): Install {
  const available = useSyncExternalStore(onOffer, hasOffer);
  return { available, install: takeOffer };
}
