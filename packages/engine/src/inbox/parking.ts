/**
 * Envelopes whose sender's device list is not known here, or does not name the sending device. They are kept while
 * the list is looked up, and acknowledged: nobody can stop the queue by naming a node that does not answer (ENG-9).
 */
import { sameBytes } from '@sotto/protocol/crypto';
import type { Content } from '@sotto/protocol/wire';
import { backoffMs } from '../backoff.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';
import type { Incoming } from './opening.ts';
import type { Random } from '../ports.ts';
import type { Profile } from '../account/profile.ts';
import { routeFromWire } from '../contacts/route.ts';
import type { Route } from '../contacts/route.ts';
import { problemOf } from '../outbox/sending-problem.ts';
import type { Targets } from '../outbox/targets.ts';
import type { Timers } from '../timers.ts';

/** Envelopes kept at a time; of strangers a quarter of it. */
const MAX_PARKED = 256;
const MAX_OF_STRANGERS = 64;
const MAX_BACKOFF_MS = 300_000;
/** After a fault of our own disk. */
const FAULT_PAUSE_MS = 5000;

export interface ParkingParts {
  readonly timers: Timers;
  readonly random: Random;
  readonly database: Database;
  readonly contacts: Contacts;
  readonly profile: Profile;
  readonly targets: Targets;
  /** A sender is asked for: with the answer the envelope becomes a message, or is dropped. */
  readonly onAsking: (asking: Promise<unknown>) => void;
  /** Takes them up again, inside a transaction. */
  readonly onReady: (parked: readonly Incoming[]) => void;
  readonly onFault: (error: unknown) => void;
}

export class Parking {
  readonly #parts: ParkingParts;
  readonly #running = new Set<string>();
  #closed = false;

  constructor(parts: ParkingParts) {
    this.#parts = parts;
  }

  /** Takes up what an earlier run left. */
  start(): void {
    for (const row of this.#parts.database.getMetaNames('parked/')) {
      const parked = this.#parts.database.getMeta(row) as { account: Uint8Array } | null;
      if (parked !== null) this.#lookUp(parked.account, 0);
    }
  }

  close(): void {
    this.#closed = true;
  }

  /**
   * Whether we may ask a node for this account's devices: a contact's node, or our own. A stranger cannot make this
   * device connect to a node of his choice, which would learn our network address.
   */
  mayLookUp(account: Uint8Array, content: Content): boolean {
    return this.#routeOf(account, content) !== null;
  }

  /** Inside the inbox's transaction. @returns whether it is kept: not when too many are, or nobody may be asked */
  park(account: Uint8Array, incoming: Incoming, content: Content): boolean {
    const { database, contacts } = this.#parts;
    const { store, rows } = database;
    const count = Number(store.get('SELECT count(*) AS n FROM parked')?.['n'] ?? 0);
    const trusted = contacts.byAccount(account)?.status === 'accepted';
    if (count >= (trusted ? MAX_PARKED : MAX_OF_STRANGERS)) return false;
    const route = this.#routeOf(account, content);
    if (route === null) return false;
    store.run(
      'INSERT OR IGNORE INTO parked (number, id, tag, expires, body) VALUES (?, ?, ?, ?, ?)',
      database.next('parked'),
      incoming.id,
      rows.tag('contact', account),
      incoming.expires,
      incoming.body,
    );
    database.setMeta(this.#name(account), { account: account.slice(), route });
    database.afterCommit(() => this.#lookUp(account.slice(), 0));
    return true;
  }

  #routeOf(account: Uint8Array, content: Content): Route | null {
    const { home } = this.#parts.profile.current;
    const contact = this.#parts.contacts.byAccount(account);
    if (contact?.status === 'accepted')
      return routeFromWire(content.route, contact.route?.psk ?? null) ?? contact.route ?? home;
    if (home === null) return null;
    return content.route === undefined || sameBytes(content.route.node, home.node) ? home : null;
  }

  #lookUp(account: Uint8Array, failures: number): void {
    const name = toHex(account);
    if (this.#closed || (failures === 0 && this.#running.has(name))) return;
    this.#running.add(name);
    const asking = this.#ask(account, failures);
    if (failures === 0) this.#parts.onAsking(asking);
    asking.catch((error: unknown) => {
      if (this.#closed) return;
      this.#parts.timers.after(FAULT_PAUSE_MS, () => this.#lookUp(account, failures + 1));
      this.#parts.onFault(error);
    });
  }

  async #ask(account: Uint8Array, failures: number): Promise<void> {
    const { database, targets, timers, random } = this.#parts;
    const parked = database.getMeta(this.#name(account)) as { account: Uint8Array; route: Route } | null;
    if (parked === null) return void this.#running.delete(toHex(account));
    try {
      await targets.lookUp(account, parked.route);
    } catch (error) {
      if (this.#closed) return;
      const problem = problemOf(error, 'none');
      const wait = Math.max(problem.retryMs, backoffMs(random, failures + 1, MAX_BACKOFF_MS));
      if (problem.step === 'retry') return void timers.after(wait, () => this.#lookUp(account, failures + 1));
    }
    if (!this.#closed) this.#release(account);
  }

  #release(account: Uint8Array): void {
    const { database, onReady } = this.#parts;
    this.#running.delete(toHex(account));
    const tag = database.rows.tag('contact', account);
    database.transaction(() => {
      const rows = database.store.all('SELECT id, expires, body FROM parked WHERE tag = ? ORDER BY number', tag);
      database.store.run('DELETE FROM parked WHERE tag = ?', tag);
      database.removeMeta(this.#name(account));
      const parked = rows.map((row) => ({
        id: row['id'] as Uint8Array,
        expires: Number(row['expires']),
        body: row['body'] as Uint8Array,
        live: false,
      }));
      onReady(parked);
    });
  }

  #name(account: Uint8Array): string {
    return `parked/${toHex(this.#parts.database.rows.tag('contact', account))}`;
  }
}
