/**
 * What stands for a person in the page's address. The browser keeps addresses in its history, so it is the name that the
 * profile has for the place (WEB-68), which says nothing to who does not have the profile; the account's own address only
 * where nobody of it is known.
 */
import type { Contact } from '@sotto/engine/api';

const placeByAddress = new Map<string, string>();
const addressByPlace = new Map<string, string>();
const listeners = new Set<() => void>();

/** They are known now: what stands in the page's address already can be understood. */
export function namePlaces(contacts: Iterable<Pick<Contact, 'address' | 'place'>>): void {
  let isNew = false;
  for (const { address, place } of contacts) {
    if (place === undefined || placeByAddress.get(address) === place) continue;
    placeByAddress.set(address, place);
    addressByPlace.set(place, address);
    isNew = true;
  }
  if (isNew) for (const listener of listeners) listener();
}

/** Of another profile nothing is known. */
export function forgetPlaces(): void {
  placeByAddress.clear();
  addressByPlace.clear();
}

export const placeOf = (address: string): string => placeByAddress.get(address) ?? address;

export const addressAt = (place: string): string => addressByPlace.get(place) ?? place;

export function onPlaces(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
