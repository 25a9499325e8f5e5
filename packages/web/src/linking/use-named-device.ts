import { useEffect } from 'react';
import { useEngine, useIsPrivate } from '../state/profile-context.tsx';
import { nameThisDevice, suggestedName } from './name-this-device.ts';

/** A device that is made, restored or taken up here gets a first name, as one that is linked does. */
export function useNamedDevice(): void {
  const engine = useEngine();
  const isPrivate = useIsPrivate();
  useEffect(() => {
    // Without it the list says "Unnamed device"; the next start tries again.
    if (!isPrivate) void nameThisDevice(engine, () => suggestedName(navigator.userAgent)).catch(() => undefined);
  }, [engine, isPrivate]);
}
