/** Accepting, blocking and naming people: everything a contact's status changes. */
import { safetyNumber } from '@sotto/protocol/identity';
import type { Contact, ContactStatus } from '../api.ts';
import { EngineError } from '../api.ts';
import type { ContactEntry } from './contacts.ts';
import type { EngineParts } from '../engine-parts.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import { checkName } from './recipients.ts';
import { say } from '../sentences/say.ts';

/** Messages of a request that are confirmed when it is accepted. */
const MAX_CONFIRMED = 500;

export interface ContactChange {
  readonly status?: ContactStatus | undefined;
  readonly verified?: boolean | undefined;
  readonly name?: string | undefined;
}

/** Latest conversation first. */
export function listContacts({ contacts }: EngineParts, status: ContactStatus | undefined): Contact[] {
  const wanted = contacts.all().filter((contact) => status === undefined || contact.status === status);
  return wanted.map((contact) => contacts.toApi(contact)).sort((a, b) => b.lastAt - a.lastAt);
}

/** In groups of five digits. */
export function safetyNumberWith(
  { platform, own }: EngineParts,
  contact: ContactEntry,
): { digits: string; verified: boolean } {
  const digits = safetyNumber(platform.primitives, own.account.publicKey, contact.account);
  return { digits: digits.match(/.{5}/g)?.join(' ') ?? digits, verified: contact.verified };
}

/** @throws EngineError('bad-input') */
export function changeContact(parts: EngineParts, contact: ContactEntry, change: ContactChange): Contact {
  const { database, contacts } = parts;
  const petname = change.name === undefined ? undefined : checkName(change.name);
  if (change.status === 'request' && contact.status !== 'request') {
    throw new EngineError('bad-input', say('contact-no-request'));
  }
  const blocking = change.status === 'blocked' && contact.status !== 'blocked';
  database.transaction(() => {
    const changed = contacts.update(contact, {
      ...(petname === undefined ? {} : { petname }),
      ...(change.verified === undefined ? {} : { verified: change.verified }),
    });
    if (change.status === 'accepted' && contact.status !== 'accepted') accept(parts, changed);
    if (blocking) block(parts, changed);
  });
  if (blocking) parts.home.publish();
  return contacts.toApi(contacts.byId(contact.id) ?? contact);
}

/** They learn where and how to write to us, and that their messages are here. Inside a transaction. */
export function accept(parts: EngineParts, contact: ContactEntry): ContactEntry {
  const accepted = acceptSilently(parts, contact);
  if (accepted === null) return parts.contacts.byId(contact.id) ?? contact;
  sayHello(parts, accepted);
  return accepted;
}

/** As accept(), for what another device of the account did. @returns null: there was nothing to confirm */
export function acceptSilently(parts: EngineParts, contact: ContactEntry): ContactEntry | null {
  const { database, contacts, receipts } = parts;
  const accepted = contacts.update(contact, { status: 'accepted' });
  parts.repair.accepted(accepted);
  const rows = database.store.all(
    `SELECT content_id FROM held WHERE contact = ?
     UNION ALL SELECT content_id FROM amendment WHERE contact = ? AND outgoing = 0
     UNION ALL SELECT content_id FROM (
       SELECT content_id FROM message WHERE contact = ? AND outgoing = 0 AND gap = 0 ORDER BY position DESC LIMIT ?)`,
    contact.id,
    contact.id,
    contact.id,
    MAX_CONFIRMED,
  );
  receipts.note(
    accepted,
    rows.map((row) => row['content_id'] as Uint8Array),
    'delivered',
  );
  if (!receipts.isDue(accepted.id)) return null;
  database.afterCommit(() => receipts.start());
  return accepted;
}

/** Their capability stops working once the others have the new one (network.md, rule 11). Inside a transaction. */
function block(parts: EngineParts, contact: ContactEntry): void {
  blockSilently(parts, contact);
  parts.profile.rotateCapability(parts.timers.now());
  greetAll(parts);
}

/** What waits for them is not sent any more. Inside a transaction. */
export function blockSilently(parts: EngineParts, contact: ContactEntry): void {
  const { contacts, history, amendments, ownContents, rows } = parts;
  rows.removeContact(contact.id);
  for (const message of history.select('WHERE contact = ? AND outgoing = 1 AND state < 2', contact.id)) {
    history.setState(message, 'failed', { problem: 'blocked-here' });
  }
  for (const row of amendments.unsent(contact.id)) {
    ownContents.setState({ kind: 'amendment', row }, 'failed', { problem: 'blocked-here' });
  }
  contacts.update(contact, { status: 'blocked' });
}

/** Everybody who knows us learns at once what changed: capability, devices. Inside a transaction. */
export function greetAll(parts: Greeting): void {
  for (const other of parts.contacts.all()) {
    if (other.status === 'accepted' && knowsUs(parts, other)) sayHello(parts, other);
  }
}

type Greeting = Pick<EngineParts, 'database' | 'contacts' | 'outbox' | 'rows' | 'platform' | 'timers'>;

/** On a device that joined nobody has confirmed anything yet: whom the account talked with has heard of it. */
const knowsUs = ({ database }: Greeting, { id, told, capability }: ContactEntry): boolean =>
  told > 0 ||
  capability !== null ||
  database.store.get('SELECT 1 AS found FROM message WHERE contact = ? LIMIT 1', id) !== undefined;

export function sayHello({ outbox, rows, platform, timers }: Greeting, contact: ContactEntry): void {
  if (rows.has(contact.id, KIND.hello)) rows.removeKind(contact.id, KIND.hello);
  outbox.plan(contact, platform.random(16), KIND.hello, { sentAt: timers.now() });
}

/** The previous capability is given up when nobody needs it any more, or its time is over. @returns whether it was */
export function retirePreviousCapability({ contacts, profile, database, timers }: EngineParts): boolean {
  const { previousCapability, previousUntil, version, rotatedHere } = profile.current;
  if (previousCapability === null) return false;
  if (!rotatedHere && timers.now() < previousUntil) return false;
  const waiting = contacts.all().some(({ status, told }) => status === 'accepted' && told > 0 && told < version);
  if (waiting && timers.now() < previousUntil) return false;
  database.transaction(() => profile.forgetPrevious());
  return true;
}
