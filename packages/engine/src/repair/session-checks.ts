/** What doctor says about sessions and the storage under them, in plain words. */
import type { DoctorCheck } from '../api.ts';
import { nameOf } from '../contacts/contacts.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import { lastWentBack } from './went-back.ts';

/** So long the repair has time before somebody should look. */
const PATIENCE_MS = 3_600_000;
const WEEK_MS = 7 * 86_400_000;
const ADVICE =
  'It is repaired by itself when their device is reached. A repair with fresh keys can be asked for at once.';

export interface SessionCheckParts {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly nowMs: number;
}

/** Messages that could not be opened, by contact. */
export function sessionCheck({ database: { store }, contacts, nowMs }: SessionCheckParts): DoctorCheck {
  const name = 'sessions';
  const devices = Number(store.get('SELECT count(*) AS n FROM session')?.['n'] ?? 0);
  const rows = store.all(
    'SELECT contact, count(*) AS n, min(failed_at) AS since FROM repair_content GROUP BY contact ORDER BY contact',
  );
  if (rows.length === 0) {
    return { name, ok: true, found: `In order: encrypted sessions with ${count(devices, 'device')} of others.` };
  }
  const parts = rows.map((row) => {
    const contact = contacts.byId(Number(row['contact']));
    const who = contact === null ? 'somebody' : nameOf(contact);
    return `${count(Number(row['n']), 'message')} from ${who}`;
  });
  const found = `Could not be opened and asked for again: ${parts.join(', ')}.`;
  const isOld = rows.some((row) => nowMs - Number(row['since']) > PATIENCE_MS);
  return isOld ? { name, ok: false, found, advice: ADVICE } : { name, ok: true, found };
}

/** Whether the storage went back lately, or runs twice. */
export function storageCheck({ database, nowMs }: SessionCheckParts): DoctorCheck {
  const name = 'storage';
  const at = lastWentBack(database);
  if (at === null || nowMs - at > WEEK_MS) {
    return { name, ok: true, found: 'Compared with the node at each start: nothing was set back.' };
  }
  const hours = Math.max(1, Math.round((nowMs - at) / 3_600_000));
  return {
    name,
    ok: nowMs - at > PATIENCE_MS,
    found: `About ${count(hours, 'hour')} ago the storage of this device was older than when it was last used. All conversations went on with fresh keys.`,
    advice:
      'If a disk image or a copy of the profile was put back, nothing is to be done. If this profile runs on two machines, stop one of them and link it as a device of its own.',
  };
}

const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;
