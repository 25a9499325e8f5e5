/** Removing a person (ENG-54): a stranger again, on all devices of the account. */
import type { EngineParts } from '../engine-parts.ts';
import type { ContactEntry } from './contacts.ts';
import { greetAll } from './people.ts';

type Removing = Pick<EngineParts, 'contacts' | 'history' | 'wiping' | 'rows' | 'drafts' | 'timers'>;

/** What they know of us stops working, as when they are blocked: they come in the strangers' lane. */
export function removeContact(parts: EngineParts, contact: ContactEntry): void {
  const { database, profile, timers, home } = parts;
  database.transaction(() => {
    removeSilently(parts, contact);
    profile.rotateCapability(timers.now());
    greetAll(parts);
  });
  home.publish();
}

/** As removeContact(), for what another device of the account did. Inside a transaction. */
export function removeSilently(parts: Removing, contact: ContactEntry): void {
  const { contacts, rows, drafts, timers } = parts;
  rows.removeContact(contact.id);
  forgetConversation(parts, contact);
  drafts.save(contact, { text: '', savedAt: timers.now() });
  // What they call themselves stays: they say it once, and are to be known when they write again.
  contacts.update(contact, {
    petname: '',
    verified: false,
    requestToken: null,
    told: 0,
    status: 'request',
    role: 'gone',
  });
}

/** Every word that was said is gone, also what came since from own devices that did not know. Inside a transaction. */
export function forgetConversation(
  { history, wiping, timers }: Pick<EngineParts, 'history' | 'wiping' | 'timers'>,
  contact: ContactEntry,
): void {
  const nowMs = timers.now();
  for (const row of history.select('WHERE contact = ? AND hidden = 0', contact.id)) wiping.remove(row, nowMs);
}
