import { createStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { Connection } from '@sotto/engine/api';

export interface ConnectionStore {
  /** null until the engine has answered the first time. */
  readonly connection: Connection | null;
  /** The engine does not answer at all. */
  readonly failure: unknown;
  readonly set: (connection: Connection) => void;
  readonly fail: (error: unknown) => void;
}

export function createConnectionStore(): StoreApi<ConnectionStore> {
  return createStore<ConnectionStore>((set) => ({
    connection: null,
    failure: null,
    set: (connection) => set({ connection, failure: null }),
    fail: (failure) => set({ failure }),
  }));
}
