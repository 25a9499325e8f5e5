import { openBrowserProfile } from '@sotto/engine/platform/browser';
import type { ProfileClient } from '@sotto/engine/platform/browser';

/** Name of the profile in this browser. */
const PROFILE = 'default';

/** The profile of this browser, or a private session, which keeps nothing. */
export function openProfile(kind: 'kept' | 'private'): ProfileClient {
  return openBrowserProfile({
    createWorker: () => new Worker(new URL('../worker.ts', import.meta.url), { type: 'module', name: 'sotto' }),
    profile: kind === 'private' ? null : PROFILE,
  });
}
