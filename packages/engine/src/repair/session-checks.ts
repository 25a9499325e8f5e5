/** What doctor says about sessions and the storage under them, in plain words. */
import type { DoctorCheck } from '../api.ts';
import { nameOf } from '../contacts/contacts.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import { lastWentBack } from './went-back.ts';
import { check } from '../sentences/check.ts';
import { say, sayAll } from '../sentences/say.ts';

/** So long the repair has time before somebody should look. */
const PATIENCE_MS = 3_600_000;
const WEEK_MS = 7 * 86_400_000;

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
    return check(name, true, say('sessions-ok', { count: devices }));
  }
  const parts = rows.map((row) => {
    const contact = contacts.byId(Number(row['contact']));
    const count = Number(row['n']);
    if (contact === null) return say('sessions-unopened-somebody', { count });
    return say('sessions-unopened-from', { count, name: nameOf(contact) });
  });
  const found = sayAll(say('sessions-unopened'), ...parts);
  const isOld = rows.some((row) => nowMs - Number(row['since']) > PATIENCE_MS);
  return isOld ? check(name, false, found, say('sessions-advice')) : check(name, true, found);
}

/** Whether the storage went back lately, or runs twice. */
export function storageCheck({ database, nowMs }: SessionCheckParts): DoctorCheck {
  const name = 'storage';
  const at = lastWentBack(database);
  if (at === null || nowMs - at > WEEK_MS) {
    return check(name, true, say('storage-ok'));
  }
  const hours = Math.max(1, Math.round((nowMs - at) / 3_600_000));
  const found = say('storage-went-back', { count: hours });
  return check(name, nowMs - at > PATIENCE_MS, found, say('storage-advice'));
}
