import { useStore } from 'zustand';
import type { Whoami } from '@sotto/engine/api';
import { useSession } from './session.tsx';

/** The own account; null until the engine has answered the first time. */
export function useWhoami(): Whoami | null {
  return useStore(useSession().whoami, (state) => state.whoami);
}

/** For the answer of `setProfile`. */
export function useSetWhoami(): (whoami: Whoami) => void {
  return useStore(useSession().whoami, (state) => state.set);
}
