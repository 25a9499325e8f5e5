/** Is everything as it should be? In plain words, with what to do when not. */
import type { Connection, DoctorCheck } from './api.ts';
import { atRestChecks } from './store/at-rest-checks.ts';
import type { AtRestParts } from './store/at-rest-checks.ts';
import type { Database } from './store/database.ts';
import type { Home } from './account/home.ts';
import type { OwnIdentity } from './account/identity-store.ts';
import { sessionCheck, storageCheck } from './repair/session-checks.ts';
import type { Contacts } from './contacts/contacts.ts';
import type { EngineParts } from './engine-parts.ts';
import { untilEvent } from './until.ts';
import type { OwnPrekeys } from './account/own-prekeys.ts';
import { check } from './sentences/check.ts';
import { say, sayAll } from './sentences/say.ts';

/** Receipts and expiries of nodes with another clock still work up to here. */
const CLOCK_TOLERANCE_MS = 120_000;
/** How long it waits for a connection. */
const SETTLE_MS = 5000;

interface DoctorParts extends AtRestParts {
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly home: Home;
  readonly prekeys: OwnPrekeys;
  readonly contacts: Contacts;
  readonly connection: Connection;
  readonly clockDifferenceMs: number | null;
  readonly nowMs: number;
}

/** @param connect what the connection is now */
export async function examineNow(parts: EngineParts, connect: () => Connection): Promise<{ checks: DoctorCheck[] }> {
  await untilEvent(parts, 'connection', () => connect().state !== 'connecting', SETTLE_MS);
  const { clockDifferenceMs } = parts.transmission;
  return { checks: examine({ ...parts, connection: connect(), clockDifferenceMs, nowMs: parts.timers.now() }) };
}

function examine(parts: DoctorParts): DoctorCheck[] {
  return [
    identity(parts),
    database(parts),
    ...atRestChecks(parts),
    storageCheck(parts),
    node(parts),
    clock(parts),
    keys(parts),
    sessionCheck(parts),
    waiting(parts),
  ];
}

function identity({ own }: DoctorParts): DoctorCheck {
  const { address } = own;
  if (own.joining !== null) {
    return check('identity', false, say('identity-joining', { address }), say('identity-joining-advice'));
  }
  const found = own.ephemeral
    ? say('identity-ephemeral')
    : say('identity-device', { device: own.device.device, address });
  return check('identity', true, found);
}

function database({ database: { store } }: DoctorParts): DoctorCheck {
  try {
    const answer = String(store.get('PRAGMA quick_check')?.['quick_check'] ?? '');
    const messages = Number(store.get('SELECT count(*) AS n FROM message')?.['n'] ?? 0);
    if (answer === 'ok') return check('database', true, say('database-ok', { count: messages }));
  } catch {
    // Said below.
  }
  return check('database', false, say('database-damaged'), say('database-damaged-advice'));
}

function node({ connection, home }: DoctorParts): DoctorCheck {
  const { node: url, problem, said = [], code, attached } = connection;
  if (connection.state === 'online') {
    const { count, reached } = home.homes;
    const found = say('node-connected-homes', { node: attached?.node ?? url, count, reached });
    return check('node', true, attached === undefined ? say('node-connected', { node: url }) : found);
  }
  const why = problem === undefined ? say('node-no-answer') : { text: problem, said };
  const isClosed = code === 'not-allowed' || code === 'wrong-node';
  const advice = say(isClosed ? 'node-wrong-advice' : 'node-unreachable-advice');
  return check('node', false, sayAll(say('node-not-connected', { node: url }), why), advice);
}

function clock({ clockDifferenceMs }: DoctorParts): DoctorCheck {
  if (clockDifferenceMs === null) return check('clock', true, say('clock-unknown'));
  const seconds = Math.round(clockDifferenceMs / 1000);
  const found = say(seconds < 0 ? 'clock-behind' : 'clock-ahead', { seconds: Math.abs(seconds) });
  if (Math.abs(clockDifferenceMs) <= CLOCK_TOLERANCE_MS) return check('clock', true, found);
  return check('clock', false, found, say('clock-advice'));
}

function keys({ home, prekeys, nowMs }: DoctorParts): DoctorCheck {
  const name = 'keys';
  const counts = home.keyCounts;
  if (counts === null) return check(name, true, say('keys-unknown'));
  if (counts.deviceListRevision === 0n) {
    return check(name, false, say('keys-missing'), say('keys-missing-advice'));
  }
  if (home.attached !== null && prekeys.isRenewing(home.attached)) {
    return check(name, true, say('keys-renewing'));
  }
  const days = Math.max(0, Math.ceil((prekeys.rotationDue() - nowMs) / 86_400_000));
  const { oneTime, oneTimeKyber } = counts;
  return check(name, true, say('keys-ok', { oneTime, oneTimeKyber, count: days }));
}

function waiting({ connection }: DoctorParts): DoctorCheck {
  const name = 'waiting';
  const { waiting: count, state } = connection;
  if (count === 0) return check(name, true, say('waiting-none'));
  return check(name, state !== 'online', say('waiting-some', { count }), say('waiting-advice'));
}
