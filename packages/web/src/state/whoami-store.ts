import { createStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { Whoami } from '@sotto/engine/api';

export interface WhoamiStore {
  readonly whoami: Whoami | null;
  readonly set: (whoami: Whoami) => void;
}

export function createWhoamiStore(): StoreApi<WhoamiStore> {
  return createStore<WhoamiStore>((set) => ({ whoami: null, set: (whoami) => set({ whoami }) }));
}
