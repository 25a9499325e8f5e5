import { createStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { Contact } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { namePlaces } from '../app/contact-places.ts';

export interface ContactsStore {
  /** false until the engine has answered the first time. */
  readonly known: boolean;
  readonly byAddress: ReadonlyMap<string, Contact>;
  readonly replaceAll: (contacts: readonly Contact[]) => void;
  readonly put: (contact: Contact) => void;
  readonly remove: (address: string) => void;
  readonly setTyping: (address: string, active: boolean) => void;
}

export function createContactsStore(): StoreApi<ContactsStore> {
  return createStore<ContactsStore>((set) => ({
    known: false,
    byAddress: new Map(),
    replaceAll: (contacts) => {
      namePlaces(contacts);
      set({ known: true, byAddress: new Map(contacts.map((one) => [one.address, legible(one)])) });
    },
    put: (contact) => {
      namePlaces([contact]);
      set(({ byAddress }) => ({ byAddress: new Map(byAddress).set(contact.address, legible(contact)) }));
    },
    remove: (address) =>
      set(({ byAddress }) => {
        const left = new Map(byAddress);
        return left.delete(address) ? { byAddress: left } : {};
      }),
    setTyping: (address, active) =>
      set(({ byAddress }) => {
        const contact = byAddress.get(address);
        if (contact === undefined || contact.typing === active) return {};
        return { byAddress: new Map(byAddress).set(address, { ...contact, typing: active }) };
      }),
  }));
}

/** Names are written by others: nothing in them may turn round or cover what stands beside them, on any screen. */
function legible(contact: Contact): Contact {
  return { ...contact, name: safeLine(contact.name), profileName: safeLine(contact.profileName) };
}
