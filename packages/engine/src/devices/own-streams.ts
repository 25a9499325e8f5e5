/** What comes next from each device of the account, as a backup carries it to the device that is made out of it (BAK-9). */
import { SELF_STATUS } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';

/** Sealed value of a restored profile, until it is opened. */
export const OWN_STREAMS = 'own-streams';

export interface OwnStream {
  readonly device: number;
  /** The number of the first Sync content that is not in the backup. */
  readonly next: number;
}

/** @param ownDevice the one that makes the backup: what it told is in it */
export function ownStreams({ store }: Database, ownDevice: number): OwnStream[] {
  const told = Number(store.get(`SELECT value FROM counter WHERE name = 'sync'`)?.['value'] ?? 1);
  // What is being asked for is asked for again from there.
  const others = store.all(
    `SELECT device, min(next, coalesce((SELECT min(ord) FROM sync_missing WHERE sync_missing.device = stream.device), next)) AS next
     FROM stream WHERE device > 0 AND contact = (SELECT id FROM contact WHERE status = ?) ORDER BY device`,
    SELF_STATUS,
  );
  return [
    { device: ownDevice, next: told },
    ...others.map((row) => ({ device: Number(row['device']), next: Number(row['next']) })),
  ];
}

/** null: this is no profile that was just restored. What makes no sense is left out: it came out of a file. */
export function restoredStreams(database: Database): OwnStream[] | null {
  const value = database.getMeta(OWN_STREAMS) as { streams?: unknown } | null;
  if (value === null) return null;
  return Array.isArray(value.streams) ? value.streams.filter(isStream) : [];
}

function isStream(value: unknown): value is OwnStream {
  const { device, next } = (value ?? {}) as Partial<OwnStream>;
  return Number.isSafeInteger(device) && Number(device) > 0 && Number.isSafeInteger(next) && Number(next) > 0;
}
