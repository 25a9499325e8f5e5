import { useStore } from 'zustand';
import type { Connection } from '@sotto/engine/api';
import { useSession } from './session.tsx';

/** null until the engine has answered the first time. */
export function useConnection(): Connection | null {
  return useStore(useSession().connection, (state) => state.connection);
}

/** Why the engine does not answer at all; null while it does. */
export function useEngineFailure(): unknown {
  return useStore(useSession().connection, (state) => state.failure);
}
