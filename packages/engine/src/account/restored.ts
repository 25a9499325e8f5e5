/** What a restored profile owes its contacts once this device can be written to (BAK-9). */
import { greetAll } from '../contacts/people.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { Database } from '../store/database.ts';

const RESTORED = 'restored';

/** Inside a transaction. */
export function noteRestored(database: Database, nowMs: number): void {
  database.setMeta(RESTORED, { at: nowMs });
}

/**
 * A hello to each, so that they look the device list up and answer to this device too. With it comes a new delivery
 * capability: it may have changed after the backup was made, and then nobody here knows the present one.
 */
export function greetAfterRestore(
  parts: Pick<EngineParts, 'database' | 'profile' | 'home' | 'contacts' | 'outbox' | 'rows' | 'platform' | 'timers'>,
): void {
  const { database, profile, home, timers } = parts;
  if (database.getMeta(RESTORED) === null) return;
  database.transaction(() => {
    database.removeMeta(RESTORED);
    profile.rotateCapability(timers.now());
    greetAll(parts);
  });
  home.publish();
}
