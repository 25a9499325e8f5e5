/** What `doctor` says about what lies on this device: the lock of its key, the disk, the backup, the search index. */
import type { DoctorCheck } from '../api.ts';
import { lastBackup } from '../backup/last-backup.ts';
import type { Search } from '../history/search.ts';
import type { KeyProtection, Platform } from '../ports.ts';
import type { Database } from './database.ts';

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

export function atRestChecks(parts: AtRestParts): DoctorCheck[] {
  if (parts.platform.keyProtection === 'memory') return [];
  return [lock(parts), ...disk(parts), backup(parts), index(parts)];
}

const LOCKS: Readonly<Record<KeyProtection, string>> = {
  file: 'The key of the database is in a file of its own beside it. Whoever can read your files, or has this disk without its encryption, can read your messages.',
  browser:
    'The key of the database is sealed by a key of this browser that no script can read out. Whoever can use this browser, or has its files, can read your messages.',
  passphrase:
    'The key of the database is locked with a passphrase. If you forget it, only a backup brings your messages back.',
  keyring:
    "The key of the database is locked with a key in this system's keyring: it opens for your user on this system only.",
  memory: '',
};

function lock({ platform: { keyProtection } }: AtRestParts): DoctorCheck {
  const check = { name: 'lock', ok: true, found: LOCKS[keyProtection] };
  if (keyProtection === 'browser') return { ...check, advice: 'To lock it, set a passphrase.' };
  if (keyProtection !== 'file') return check;
  return { ...check, advice: 'To lock it: sotto lock passphrase, or sotto lock keyring.' };
}

function disk({ platform }: AtRestParts): DoctorCheck[] {
  const free = platform.freeBytes();
  if (free === null) return [];
  const found = `${size(free)} free.`;
  if (free >= LITTLE_BYTES) return [{ name: 'disk', ok: true, found }];
  const advice = 'Make room: when the disk is full nothing can be received or written, and nothing is lost until then.';
  return [{ name: 'disk', ok: false, found: `Only ${found}`, advice }];
}

function backup({ database, nowMs }: AtRestParts): DoctorCheck {
  const name = 'backup';
  const advice = 'Make one, and keep that file somewhere else.';
  const last = lastBackup(database);
  if (last === null) return { name, ok: true, found: 'None was made on this device.', advice };
  const days = Math.max(0, Math.floor((nowMs - last.at) / DAY_MS));
  const found = `Made ${days === 0 ? 'today' : `${count(days, 'day')} ago`}, with ${count(last.messages, 'message')}.`;
  return { name, ok: true, found, ...(days >= OLD_BACKUP_DAYS ? { advice } : {}) };
}

function index({ search }: AtRestParts): DoctorCheck {
  const { indexed, total } = search.progress();
  const isWhole = indexed >= total;
  const found = isWhole
    ? `All ${count(total, 'message')} can be searched.`
    : `${indexed} of ${count(total, 'message')} can be searched so far; the rest follows by itself, newest first.`;
  return { name: 'search', ok: true, found };
}

const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;

const size = (bytes: number): string =>
  bytes >= 10 * 2 ** 30 ? `${Math.floor(bytes / 2 ** 30)} GB` : `${Math.floor(bytes / 2 ** 20)} MB`;
