import { createStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { Contact } from '@sotto/engine/api';

export interface ContactsStore {
  /** false until the engine has answered the first time. */
  readonly known: boolean;
  readonly byAddress: ReadonlyMap<string, Contact>;
  readonly replaceAll: (contacts: readonly Contact[]) => void;
  readonly put: (contact: Contact) => void;
  readonly setTyping: (address: string, active: boolean) => void;
}

export function createContactsStore(): StoreApi<ContactsStore> {
  return createStore<ContactsStore>((set) => ({
    known: false,
    byAddress: new Map(),
    replaceAll: (contacts) => set({ known: true, byAddress: new Map(contacts.map((one) => [one.address, one])) }),
    put: (contact) => set(({ byAddress }) => ({ byAddress: new Map(byAddress).set(contact.address, contact) })),
    setTyping: (address, active) =>
      set(({ byAddress }) => {
        const contact = byAddress.get(address);
        if (contact === undefined || contact.typing === active) return {};
        return { byAddress: new Map(byAddress).set(address, { ...contact, typing: active }) };
      }),
  }));
}
