/**
 * Whether a profile of this browser was ever seen, remembered apart from it: who comes for the first time gets the first
 * screen at once, while the worker with the database is still on its way. Only a guess; the profile's state decides.
 */
import type { ProfileState } from '@sotto/engine/platform/browser';

const KEY = 'sotto.lived';

export function livedHere(storage: Pick<Storage, 'getItem'>): boolean {
  return storage.getItem(KEY) !== null;
}

export function noteState({ kind }: ProfileState, storage: Pick<Storage, 'setItem' | 'removeItem'>): void {
  if (kind === 'open' || kind === 'locked') storage.setItem(KEY, '1');
  else if (kind === 'empty') storage.removeItem(KEY);
}

/** What a browser that keeps nothing throws counts as nothing. */
export function guarded<Answer>(look: () => Answer, otherwise: Answer): Answer {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
