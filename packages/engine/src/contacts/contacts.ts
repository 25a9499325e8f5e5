/** The people this account knows, one sealed row each, all of them in memory. */
import { addressOf, tokenOf } from '@sotto/protocol/identity';
import type { Primitives } from '@sotto/protocol/crypto';
import type { Stamp } from '../amendments/stamp.ts';
import type { Contact, ContactStatus } from '../api.ts';
import type { Database } from '../store/database.ts';
import type { EventStream } from '../event-stream.ts';
import { toHex } from '../store/hex.ts';
import type { Route } from './route.ts';

/** What is kept about a contact. */
export interface ContactRecord {
  /** Account key, 32 B. */
  readonly account: Uint8Array;
  /** Given here; empty: none. */
  readonly petname: string;
  readonly profileName: string;
  /** 0xRRGGBB; 0: not told. */
  readonly color: number;
  readonly verified: boolean;
  readonly route: Route | null;
  /** Their delivery capability, 16 B. */
  readonly capability: Uint8Array | null;
  /** From their invite, not yet used, 16 B. */
  readonly requestToken: Uint8Array | null;
  /** As both agreed last on when messages disappear. */
  readonly timer?: { readonly seconds: number; readonly stamp: Stamp };
  /** Version of our own profile, route and capability that they confirmed to have (Profile.version). */
  readonly told: number;
  /** ms: when a person last decided about status, petname or verified mark, on any device of the account (DEV-12). */
  readonly changedAt: number;
  /** ms: when profile, route or capability were last learnt, on any device of the account. */
  readonly learnedAt: number;
}

/**
 * `self`: the other devices of this account, which are written to like a contact; `link`: the other end while a device
 * is linked. Both count as accepted and are never shown. `gone`: a person who was removed. What is left says since when,
 * and where both stand in the order of their messages; who writes again is a request, as every stranger.
 */
export type ContactRole = 'person' | 'gone' | 'self' | 'link';

/** A contact in memory. Replaced as a whole when it changes. */
export interface ContactEntry extends ContactRecord {
  readonly id: number;
  readonly status: ContactStatus;
  readonly role: ContactRole;
  readonly address: string;
  readonly token: string;
}

/** Kept in memory only: rebuilt from the history when the engine opens. */
interface Activity {
  unread: number;
  lastAt: number;
  typing: boolean;
}

export const STATUS_NUMBERS: Record<ContactStatus, number> = { accepted: 1, request: 2, blocked: 3 };
const STATUSES: Record<number, ContactStatus> = {
  1: 'accepted',
  2: 'request',
  3: 'blocked',
  4: 'accepted',
  5: 'accepted',
  6: 'request',
};
/** Of the hidden contact that stands for the own devices. */
export const SELF_STATUS = 4;
const ROLES: Record<number, ContactRole> = { [SELF_STATUS]: 'self', 5: 'link', 6: 'gone' };

const ROLE_NUMBERS = { self: SELF_STATUS, link: 5, gone: 6 } as const;

const numberOf = (status: ContactStatus, role: ContactRole): number =>
  role === 'person' ? STATUS_NUMBERS[status] : ROLE_NUMBERS[role];

export class Contacts {
  readonly #database: Database;
  readonly #primitives: Primitives;
  readonly #events: EventStream;
  readonly #byId = new Map<number, ContactEntry>();
  readonly #byAccount = new Map<string, ContactEntry>();
  readonly #activity = new Map<number, Activity>();
  readonly #changed = new Set<number>();
  /** `before` is null for somebody new. Inside the transaction that writes it. */
  onChange: (before: ContactEntry | null, now: ContactEntry) => void = () => undefined;

  constructor(database: Database, primitives: Primitives, events: EventStream) {
    this.#database = database;
    this.#primitives = primitives;
    this.#events = events;
    this.#load();
    database.onRollback(() => {
      this.#changed.clear();
      this.#load();
    });
  }

  byId(id: number): ContactEntry | null {
    return this.#byId.get(id) ?? null;
  }

  byAccount(account: Uint8Array): ContactEntry | null {
    return this.#byAccount.get(toHex(account)) ?? null;
  }

  /** People, and those who were removed: whom a decision is known about. */
  decided(): ContactEntry[] {
    return [...this.#byId.values()].filter(({ role }) => role === 'person' || role === 'gone');
  }

  /** People; neither the own other devices nor what is being linked. */
  all(): ContactEntry[] {
    return [...this.#byId.values()].filter(({ role }) => role === 'person');
  }

  /** Other ends of a linking. */
  linkPeers(): ContactEntry[] {
    return [...this.#byId.values()].filter(({ role }) => role === 'link');
  }

  /** Adds somebody who is not there yet. */
  add(
    account: Uint8Array,
    status: ContactStatus,
    known: Partial<ContactRecord> = {},
    role: ContactRole = 'person',
  ): ContactEntry {
    const record: ContactRecord = {
      petname: '',
      profileName: '',
      color: 0,
      verified: false,
      route: null,
      capability: null,
      requestToken: null,
      told: 0,
      changedAt: 0,
      learnedAt: 0,
      ...known,
      account: account.slice(),
    };
    return this.#database.transaction(() => {
      const id = this.#database.next('contact');
      this.#database.store.run(
        'INSERT INTO contact (id, tag, status, sealed) VALUES (?, ?, ?, ?)',
        id,
        this.#database.rows.tag('contact', account),
        numberOf(status, role),
        this.#database.rows.sealRecord('contact', id, record),
      );
      this.#tell(id);
      const added = this.#keep(id, status, role, record);
      this.onChange(null, added);
      return this.byId(id) ?? added;
    });
  }

  /** Writes what changed, if anything did, and tells it. */
  update(
    contact: ContactEntry,
    changes: Partial<Omit<ContactRecord, 'account'> & { status: ContactStatus; role: 'person' | 'gone' }>,
  ): ContactEntry {
    const known = this.byId(contact.id) ?? contact;
    const { id, address, token: _token, status: before, role: roleBefore, ...record } = known;
    const { status = before, role = roleBefore, ...recordChanges } = changes;
    const next: ContactRecord = { ...record, ...recordChanges };
    return this.#database.transaction(() => {
      this.#database.store.run(
        'UPDATE contact SET status = ?, sealed = ? WHERE id = ?',
        numberOf(status, role),
        this.#database.rows.sealRecord('contact', id, next),
        id,
      );
      this.#tell(id);
      if (role === 'gone' && roleBefore !== 'gone') this.#events.emit(() => ({ type: 'contact-removed', address }));
      const updated = this.#keep(id, status, role, next);
      this.onChange(known, updated);
      return this.byId(id) ?? updated;
    });
  }

  /** Forgets the other end of a linking. Inside a transaction. */
  remove({ id, account }: ContactEntry): void {
    this.#database.store.run('DELETE FROM contact WHERE id = ?', id);
    this.#byId.delete(id);
    this.#byAccount.delete(toHex(account));
  }

  /** Counts unread messages and notes the time of the newest; told to listeners. */
  noteActivity(id: number, changes: { unread?: number; lastAt?: number }): void {
    const activity = this.#activityOf(id);
    if (changes.unread !== undefined) activity.unread = changes.unread;
    if (changes.lastAt !== undefined) activity.lastAt = Math.max(activity.lastAt, changes.lastAt);
    this.#tell(id);
  }

  setTyping(id: number, typing: boolean): void {
    this.#activityOf(id).typing = typing;
  }

  unread(id: number): number {
    return this.#activityOf(id).unread;
  }

  toApi(contact: ContactEntry): Contact {
    const { address, status, verified, token, profileName, color } = contact;
    const { unread, lastAt, typing } = this.#activityOf(contact.id);
    const timer = contact.timer?.seconds ?? 0;
    const shown = { address, name: nameOf(contact), profileName, color, status, verified, token };
    const place = toHex(this.#database.rows.tag('place', contact.account));
    return { ...shown, unread, lastAt, typing, timer, place };
  }

  #keep(id: number, status: ContactStatus, role: ContactRole, record: ContactRecord): ContactEntry {
    const entry: ContactEntry = {
      ...record,
      id,
      status,
      role,
      address: addressOf(record.account),
      token: tokenOf(this.#primitives, record.account),
    };
    this.#byId.set(id, entry);
    this.#byAccount.set(toHex(record.account), entry);
    return entry;
  }

  /** One event a contact and transaction, whatever changed in it. */
  #tell(id: number): void {
    if (this.#changed.has(id)) return;
    this.#changed.add(id);
    this.#database.afterCommit(() => {
      this.#changed.delete(id);
      this.#events.emit(() => {
        const contact = this.#byId.get(id);
        return contact?.role === 'person' ? { type: 'contact', contact: this.toApi(contact) } : null;
      });
    });
  }

  #activityOf(id: number): Activity {
    let activity = this.#activity.get(id);
    if (activity === undefined) this.#activity.set(id, (activity = { unread: 0, lastAt: 0, typing: false }));
    return activity;
  }

  #load(): void {
    this.#byId.clear();
    this.#byAccount.clear();
    const { store, rows } = this.#database;
    for (const row of store.all('SELECT id, status, sealed FROM contact')) {
      const id = Number(row['id']);
      const record = rows.openRecord('contact', id, row['sealed']) as ContactRecord;
      const number = Number(row['status']);
      this.#keep(id, STATUSES[number] ?? 'request', ROLES[number] ?? 'person', record);
    }
    for (const contact of this.#byId.values()) this.#activityOf(contact.id).unread = 0;
    for (const row of store.all('SELECT contact, count(*) AS unread FROM message WHERE unread = 1 GROUP BY contact')) {
      this.#activityOf(Number(row['contact'])).unread = Number(row['unread']);
    }
  }
}

/** Petname given here, else the name they chose, else a short form of the address. */
export function nameOf(contact: ContactEntry): string {
  return contact.petname || contact.profileName || shortAddress(contact.address);
}

/** Beginning and end of an address, for who has no name. */
export const shortAddress = (address: string): string => `${address.slice(8, 14)}…${address.slice(-4)}`;
