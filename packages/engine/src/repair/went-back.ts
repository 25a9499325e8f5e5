/**
 * This device's storage went back to an earlier state (ENG-43). Its sessions may have been used since: what they would
 * send now they have sent before, so none of them is sent with again. What came meanwhile is asked for.
 */
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { EventStream } from '../event-stream.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import type { OwnContents } from '../outbox/own-contents.ts';
import { nextOwnOrder, setNextOwnOrder } from '../outbox/own-orders.ts';
import type { OutboxRows } from '../outbox/outbox-rows.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { OwnPrekeys } from '../account/own-prekeys.ts';
import type { Random } from '../ports.ts';
import { sendAnew } from './send-anew.ts';
import type { Sessions } from '../contacts/sessions.ts';
import type { Timers } from '../timers.ts';
import { say } from '../sentences/say.ts';

const NAME = 'went-back';
/** Contacts are asked at most so often, should the profile run twice. */
const ASK_PAUSE_MS = 3_600_000;
/** Orders after the last one known that are asked for. */
const MAX_ASKED = 64;
/** More was hardly written to one contact since the earlier state. */
const ORDERS_LEFT_OUT = 10_000;

/** Times in ms since 1970. */
interface WentBackRecord {
  readonly at: number | null;
  readonly askedAt: number | null;
}

export interface WentBackParts {
  readonly database: Database;
  readonly timers: Timers;
  readonly random: Random;
  readonly contacts: Contacts;
  readonly sessions: Sessions;
  readonly prekeys: OwnPrekeys;
  readonly ownContents: OwnContents;
  readonly outboxRows: OutboxRows;
  readonly outbox: Outbox;
  readonly events: EventStream;
  /** What this device itself wrote meanwhile, other devices of the account may have. */
  readonly recall: () => { readonly isOpen: boolean; wentBack(): void; ready(): void };
}

/** Nothing is sent with what there is any more. Inside a transaction. */
export function beginAnew(parts: WentBackParts): void {
  const { database, timers, sessions, prekeys, events, recall } = parts;
  const restarted = sessions.retireAll();
  prekeys.renew(true);
  recall().wentBack();
  // Else the others know which orders were given (DEV-16).
  if (!recall().isOpen) for (const { id } of contactsOf(parts)) leaveOrdersOut(parts, id);
  if (restarted === 0) return;
  events.notice('storage-went-back', say('notice-storage-went-back'));
  database.setMeta(NAME, { at: timers.now(), askedAt: read(database)?.askedAt ?? null } satisfies WentBackRecord);
}

/**
 * The node has our new keys: everybody hears of it by a session that begins now, so that nobody seals to lost keys, and
 * is asked for what came meanwhile. Inside a transaction.
 */
export function tellEverybody(parts: WentBackParts): void {
  const { database, timers, contacts, sessions } = parts;
  sessions.retireAll();
  for (const contact of contacts.all()) sendAnew(parts, contact, null);
  parts.recall().ready();
  const nowMs = timers.now();
  const { at, askedAt } = read(database) ?? { at: null, askedAt: null };
  if (askedAt !== null && nowMs - askedAt < ASK_PAUSE_MS) return;
  database.setMeta(NAME, { at, askedAt: nowMs } satisfies WentBackRecord);
  for (const { id } of contactsOf(parts)) askForMore(parts, id);
}

const contactsOf = ({ contacts }: WentBackParts): ContactEntry[] =>
  contacts.all().filter(({ status }) => status === 'accepted');

/** The orders that were given meanwhile are not given again, and nobody is to wait for what had them. */
function leaveOrdersOut({ database, timers, random, contacts, outbox }: WentBackParts, id: number): void {
  const contact = contacts.byId(id);
  if (contact?.role !== 'person') return;
  const order = nextOwnOrder(database, id);
  setNextOwnOrder(database, id, order + ORDERS_LEFT_OUT);
  const contentId = random(16);
  const until = order + ORDERS_LEFT_OUT - 1;
  outbox.plan(contact, contentId, KIND.gone, { sentAt: timers.now(), order, until, ids: [contentId] });
}

/** ms since 1970; null: never. */
export const lastWentBack = (database: Database): number | null => read(database)?.at ?? null;

const read = (database: Database): WentBackRecord | null => database.getMeta(NAME) as WentBackRecord | null;

/** The orders that would come next from each of the contact's devices; those that were given already are answered. */
function askForMore({ database, timers, random, contacts, outboxRows, outbox }: WentBackParts, id: number): void {
  const contact = contacts.byId(id);
  if (contact === null) return;
  const rows = database.store.all('SELECT device, next FROM stream WHERE contact = ? AND device >= 0', id);
  // Nothing of theirs is known here: they shall learn that this device has other keys now.
  if (rows.length > 0) outbox.plan(contact, random(16), KIND.hello, { sentAt: timers.now() });
  for (const row of rows.filter((each) => Number(each['device']) > 0)) {
    const [device, next] = [Number(row['device']), Number(row['next'])];
    if (outboxRows.has(id, KIND.askAgain, device)) continue;
    const orders = Array.from({ length: MAX_ASKED }, (_, i) => next + i);
    outbox.plan(contact, random(16), KIND.askAgain, { sentAt: timers.now(), orders }, device);
  }
}
