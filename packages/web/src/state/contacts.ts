import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { Contact, ContactStatus } from '@sotto/engine/api';
import { useSession } from './session.tsx';

/** Contacts of one status, newest message first; all of them without one. */
export function useContacts(status?: ContactStatus): readonly Contact[] {
  const byAddress = useStore(useSession().contacts, (state) => state.byAddress);
  return useMemo(
    () =>
      [...byAddress.values()]
        .filter((contact) => status === undefined || contact.status === status)
        .sort((a, b) => b.lastAt - a.lastAt || a.name.localeCompare(b.name)),
    [byAddress, status],
  );
}

/** undefined: no such contact, or not read yet (useContactsKnown). */
export function useContact(address: string): Contact | undefined {
  return useStore(useSession().contacts, (state) => state.byAddress.get(address));
}

export function useContactsKnown(): boolean {
  return useStore(useSession().contacts, (state) => state.known);
}

/** For the result of a call, so that it is shown before the engine's event arrives. */
export function usePutContact(): (contact: Contact) => void {
  return useStore(useSession().contacts, (state) => state.put);
}

/** The same for somebody who was removed. */
export function useRemovedContact(): (address: string) => void {
  return useStore(useSession().contacts, (state) => state.remove);
}
