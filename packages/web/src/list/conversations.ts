/** Which conversations the list shows, in which order, and which one comes after which. */
import type { Contact } from '@sotto/engine/api';

/** Accepted people, whose newest message is newest first; who never wrote after them, by name. */
export function conversationsInOrder(contacts: readonly Contact[]): readonly Contact[] {
  return contacts
    .filter((contact) => contact.status === 'accepted')
    .sort((a, b) => b.lastAt - a.lastAt || a.name.localeCompare(b.name));
}

/** The address `step` places further; the first one when none is chosen; null at the ends. */
export function neighbour(list: readonly Contact[], current: string | null, step: 1 | -1): string | null {
  const at = list.findIndex((contact) => contact.address === current);
  if (at === -1) return (step === 1 ? list[0] : list.at(-1))?.address ?? null;
  return list[at + step]?.address ?? null;
}

/** The next conversation below with something unread, beginning again at the top. */
export function nextUnread(list: readonly Contact[], current: string | null): string | null {
  const at = list.findIndex((contact) => contact.address === current);
  const turned = [...list.slice(at + 1), ...list.slice(0, at + 1)];
  return turned.find((contact) => contact.unread > 0 && contact.address !== current)?.address ?? null;
}

/** People whose name or address has all the words of what was typed. */
export function matchingContacts(contacts: readonly Contact[], typed: string): readonly Contact[] {
  const words = folded(typed)
    .split(/\s+/u)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  return conversationsInOrder(contacts).filter((contact) => {
    const told = folded(`${contact.name} ${contact.profileName} ${contact.address} ${contact.token}`);
    return words.every((word) => told.includes(word));
  });
}

function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** Whether it looks like somebody to add: an address or an invite link. */
export function isInviteLike(typed: string): boolean {
  return /^did:key:z\w+$/u.test(typed.trim()) || /#\/add\/\S+/u.test(typed);
}
