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
  const found = own.ephemeral
    ? 'A throw-away identity: it ends with this program.'
    : `Device ${own.device.device} of ${own.address}.`;
  if (own.joining === null) return { name: 'identity', ok: true, found };
  return {
    name: 'identity',
    ok: false,
    found: `This device was restored and is not in the list of ${own.address} yet.`,
    advice:
      'It gets there by itself as soon as the node is reached. Until then everything can be read, and what you write waits.',
  };
}

function database({ database: { store } }: DoctorParts): DoctorCheck {
  try {
    const answer = String(store.get('PRAGMA quick_check')?.['quick_check'] ?? '');
    const messages = Number(store.get('SELECT count(*) AS n FROM message')?.['n'] ?? 0);
    if (answer === 'ok') return { name: 'database', ok: true, found: `In order, ${count(messages, 'message')}.` };
  } catch {
    // Said below.
  }
  return {
    name: 'database',
    ok: false,
    found: 'The database of this profile is damaged.',
    advice: 'Check the disk. Your account can be restored with its recovery phrase in a new profile.',
  };
}

function node({ connection }: DoctorParts): DoctorCheck {
  const name = 'node';
  if (connection.state === 'online') return { name, ok: true, found: `Connected to ${connection.node}.` };
  return {
    name,
    ok: false,
    found: `Not connected to ${connection.node}. ${connection.problem ?? 'No answer yet.'}`,
    advice:
      connection.code === 'not-allowed' || connection.code === 'wrong-node'
        ? 'Messages wait on this device until that is put right.'
        : 'Is the node running and reachable from here? Messages wait on this device until it is.',
  };
}

function clock({ clockDifferenceMs }: DoctorParts): DoctorCheck {
  const name = 'clock';
  if (clockDifferenceMs === null)
    return { name, ok: true, found: 'Not compared in this run: no message was stored since the start.' };
  const seconds = Math.round(clockDifferenceMs / 1000);
  const found = `The node's clock is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead'}.`;
  if (Math.abs(clockDifferenceMs) <= CLOCK_TOLERANCE_MS) return { name, ok: true, found };
  return { name, ok: false, found, advice: 'Set the clock of this device; messages carry times and end at one.' };
}

function keys({ home, prekeys, nowMs }: DoctorParts): DoctorCheck {
  const name = 'keys';
  const counts = home.keyCounts;
  if (counts === null) return { name, ok: true, found: 'Not known yet: the node was not reached since the start.' };
  if (counts.deviceListRevision === 0n) {
    return {
      name,
      ok: false,
      found: 'The node has no keys of this device.',
      advice: 'Wait a moment; they are published by themselves.',
    };
  }
  if (prekeys.isRenewing) {
    return { name, ok: true, found: 'All keys are being replaced: secrets of published ones were lost.' };
  }
  const days = Math.max(0, Math.ceil((prekeys.rotationDue() - nowMs) / 86_400_000));
  const found = `The node has ${counts.oneTime} + ${counts.oneTimeKyber} one-time keys; the others are renewed in ${count(days, 'day')}.`;
  return { name, ok: true, found };
}

function waiting({ connection }: DoctorParts): DoctorCheck {
  const name = 'waiting';
  if (connection.waiting === 0) return { name, ok: true, found: 'No message waits to be sent.' };
  const found = `${count(connection.waiting, 'message')} not stored at a node yet.`;
  return {
    name,
    ok: connection.state !== 'online',
    found,
    advice: 'They are tried again by themselves; see each for the reason.',
  };
}

const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;
