/** What comes next from each device of the account, as it is told to a device that joins, or is made out of a backup (BAK-9). */
import { SELF_STATUS } from '../contacts/contacts.ts';
import { toldOfHeld } from '../history/ordering.ts';
import type { Database } from '../store/database.ts';

/** Sealed value of a restored profile, until it is opened. */
export const OWN_STREAMS = 'own-streams';

export interface OwnStream {
  readonly device: number;
  /** The number of the first Sync content that is not in the history here. */
  readonly next: number;
}

/**
 * What is being asked for here, or waits for its turn and is in no archive or backup, is asked for again from there.
 * @param ownDevice this one: what it told is in its history
 */
export function ownStreams(database: Database, ownDevice: number): OwnStream[] {
  const { store } = database;
  const told = Number(store.get(`SELECT value FROM counter WHERE name = 'sync'`)?.['value'] ?? 1);
  const others = store.all(
    `SELECT device, min(next, coalesce((SELECT min(ord) FROM sync_missing WHERE sync_missing.device = stream.device), next)) AS next
     FROM stream WHERE device > 0 AND contact = (SELECT id FROM contact WHERE status = ?) ORDER BY device`,
    SELF_STATUS,
  );
  return [
    { device: ownDevice, next: told },
    ...others.map((row) => {
      const device = Number(row['device']);
      return { device, next: Math.min(Number(row['next']), ...toldOfHeld(database, device)) };
    }),
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
