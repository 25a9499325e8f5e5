/** When a backup was made last, for `doctor`. */
import type { Database } from '../store/database.ts';
import type { BackupSummary } from './write-backup.ts';

export interface LastBackup {
  /** ms since 1970 */
  readonly at: number;
  readonly messages: number;
}

const NAME = 'last-backup';

export function noteBackup(database: Database, { madeAt, counts }: BackupSummary): void {
  const last: LastBackup = { at: madeAt, messages: counts.messages };
  database.setMeta(NAME, last);
}

export const lastBackup = (database: Database): LastBackup | null => database.getMeta(NAME) as LastBackup | null;
