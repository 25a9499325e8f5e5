/** What `doctor` says about what lies on this device: the lock of its key, the disk, the backup, the search index. */
import type { DoctorCheck } from '../api.ts';
import { lastBackup } from '../backup/last-backup.ts';
import type { Search } from '../history/search.ts';
import type { Platform } from '../ports.ts';
import type { Database } from './database.ts';
import { check } from '../sentences/check.ts';
import { say, sayAll } from '../sentences/say.ts';

export interface AtRestParts {
  readonly platform: Pick<Platform, 'keyProtection' | 'freeBytes'>;
  readonly database: Database;
  readonly search: Search;
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;
const OLD_BACKUP_DAYS = 30;
/** Below this a message or a backup may soon not fit. */
const LITTLE_BYTES = 200 << 20;
/** From here on it is told in GB. */
const MUCH_BYTES = 10 * 2 ** 30;

export function atRestChecks(parts: AtRestParts): DoctorCheck[] {
  if (parts.platform.keyProtection === 'memory') return [];
  return [lock(parts), ...disk(parts), backup(parts), index(parts)];
}

function lock({ platform: { keyProtection } }: AtRestParts): DoctorCheck {
  if (keyProtection === 'browser') return check('lock', true, say('lock-browser'), say('lock-browser-advice'));
  if (keyProtection === 'file') return check('lock', true, say('lock-file'), say('lock-file-advice'));
  return check('lock', true, say(keyProtection === 'keyring' ? 'lock-keyring' : 'lock-passphrase'));
}

function disk({ platform }: AtRestParts): DoctorCheck[] {
  const free = platform.freeBytes();
  if (free === null) return [];
  const megabytes = Math.floor(free / 2 ** 20);
  if (free < LITTLE_BYTES) return [check('disk', false, say('disk-little', { megabytes }), say('disk-little-advice'))];
  if (free < MUCH_BYTES) return [check('disk', true, say('disk-free', { megabytes }))];
  return [check('disk', true, say('disk-free-much', { gigabytes: Math.floor(free / 2 ** 30) }))];
}

function backup({ database, nowMs }: AtRestParts): DoctorCheck {
  const name = 'backup';
  const advice = say('backup-advice');
  const last = lastBackup(database);
  if (last === null) return check(name, true, say('backup-none'), advice);
  const days = Math.max(0, Math.floor((nowMs - last.at) / DAY_MS));
  const { messages } = last;
  const made = days === 0 ? say('backup-today') : say('backup-ago', { count: days });
  const found = sayAll(made, say('backup-messages', { count: messages }));
  return check(name, true, found, days >= OLD_BACKUP_DAYS ? advice : undefined);
}

function index({ search }: AtRestParts): DoctorCheck {
  const { indexed, total } = search.progress();
  const isWhole = indexed >= total;
  const found = isWhole ? say('search-whole', { count: total }) : say('search-partly', { indexed, count: total });
  return check('search', true, found);
}
