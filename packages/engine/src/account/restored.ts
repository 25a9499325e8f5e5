/** What a restored profile owes its contacts once this device can be written to (BAK-9). */
import { greetAll } from '../contacts/people.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { Database } from '../store/database.ts';

const RESTORED = 'restored';

/** Inside a transaction. @param madeAt when the backup was made, ms since 1970 */
export function noteRestored(database: Database, madeAt: number): void {
  database.setMeta(RESTORED, { madeAt });
}

/**
 * A hello to each, so that they look the device list up and answer to this device too. With it comes a new delivery
 * capability: it may have changed after the backup was made, and then nobody here knows the present one. The other
 * devices of the account are asked for what there was since.
 */
export function greetAfterRestore(
  parts: Pick<
    EngineParts,
    'database' | 'profile' | 'home' | 'contacts' | 'outbox' | 'rows' | 'platform' | 'timers' | 'ownSide'
  >,
): void {
  const { database, profile, home, timers, ownSide } = parts;
  const restored = database.getMeta(RESTORED) as { madeAt: number } | null;
  if (restored === null) return;
  database.transaction(() => {
    database.removeMeta(RESTORED);
    profile.rotateCapability(timers.now());
    greetAll(parts);
    ownSide.recall.restored(restored.madeAt);
  });
  home.publish();
}
