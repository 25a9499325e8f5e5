/** The repair a person asks for: everything that repairs itself, at once (ENG-45). */
import type { ContactEntry } from '../contacts/contacts.ts';
import { sayHello } from '../contacts/people.ts';
import type { EngineParts } from '../engine-parts.ts';

/**
 * Begins fresh sessions, tells those concerned, and asks again for what could not be opened. Without a contact: with
 * everybody, and all published keys are replaced.
 * @returns with how many devices a session was given up
 */
export function repairSessions(parts: EngineParts, contact: ContactEntry | null): number {
  const { database, contacts, sessions, devices, repair, prekeys, home } = parts;
  const concerned = (contact === null ? contacts.all() : [contact]).filter(({ status }) => status === 'accepted');
  const restarted = database.transaction(() => {
    let count = 0;
    if (contact === null) {
      count = sessions.retireAll();
      prekeys.renew(true);
    } else {
      for (const { device } of devices.known(contact.account)?.list.devices ?? []) {
        if (sessions.retire(contact.account, device)) count++;
      }
    }
    for (const one of concerned) {
      devices.suspect(one.account, null);
      repair.hurry(one);
      if (devices.known(one.account) !== null) sayHello(parts, one);
    }
    return count;
  });
  if (contact === null) home.publish();
  return restarted;
}
