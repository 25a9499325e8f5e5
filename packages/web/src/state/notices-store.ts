import { createStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { Said } from '@sotto/engine/api';

/** What the engine wants a person to know; stays until it was put away. */
interface Notice {
  readonly id: number;
  /** Of a `notice` event, or `announcement`. */
  readonly code: string;
  readonly text: string;
  /** The same, to be said in texts of the interface. */
  readonly said?: readonly Said[];
  /** Whom it is about. */
  readonly address?: string;
}

export interface NoticesStore {
  readonly notices: readonly Notice[];
  readonly add: (notice: Omit<Notice, 'id'>) => void;
  readonly announce: (announcement: { readonly text: string }) => void;
  readonly dismiss: (id: number) => void;
}

const MAX_NOTICES = 20;

export function createNoticesStore(): StoreApi<NoticesStore> {
  let last = 0;
  return createStore<NoticesStore>((set, get) => ({
    notices: [],
    add: ({ code, text, said, address }) => {
      last += 1;
      const notice = {
        id: last,
        code,
        text,
        ...(said === undefined ? {} : { said }),
        ...(address === undefined ? {} : { address }),
      };
      set(({ notices }) => ({
        notices: [...notices.filter((one) => one.code !== code || one.text !== text), notice].slice(-MAX_NOTICES),
      }));
    },
    announce: ({ text }) => get().add({ code: 'announcement', text }),
    dismiss: (id) => set(({ notices }) => ({ notices: notices.filter((one) => one.id !== id) })),
  }));
}
