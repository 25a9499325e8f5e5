/**
 * Per-sender order (network.md, rule 6). Each sending device counts its messages to us: 1, 2, 3 … What comes early
 * is held, at most 30 s, then the missing ones are shown as a gap and asked for again (ENG-7, ENG-8).
 */
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { Saying } from './display.ts';
import type { Gaps } from './gaps.ts';

/** How long a message waits for those before it. */
export const HOLD_MS = 30_000;
/** Early messages of one device; more are not waited for. */
const MAX_HELD = 500;
/** A counter this far ahead is a fault or hostile: shown as a gap without asking. */
const MAX_JUMP = 1_000_000;

/** A decrypted message on its way into the history. */
export interface Arrival {
  readonly contentId: Uint8Array;
  readonly device: number;
  readonly order: number;
  readonly saying: Saying;
  /** ms since 1970, as the sender says. */
  readonly sentAt: number;
  readonly receivedAt: number;
  /** Written on another own device: the number of the Sync content that told it, which devices ask for (DEV-10). */
  readonly told?: number;
}

interface HeldRecord {
  readonly saying: Saying;
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly told?: number;
}

/** Where arrivals go when it is their turn; a position when it is not the end. */
type Show = (contact: ContactEntry, arrival: Arrival, position: number | null) => void;

export interface OrderingParts {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly gaps: Gaps;
  readonly show: Show;
  /** A gap was just shown: it is to be asked for. */
  readonly ask: (contact: ContactEntry, device: number) => void;
  /** Something is held: expire() is to be called at deadline(). */
  readonly onHold: () => void;
}

export class Ordering {
  readonly #parts: OrderingParts;
  readonly #database: Database;

  constructor(parts: OrderingParts) {
    this.#parts = parts;
    this.#database = parts.database;
  }

  /** Shows or holds an arrival that was not seen before. Inside the inbox's transaction. */
  accept(contact: ContactEntry, arrival: Arrival): void {
    const { device, order } = arrival;
    if (order === 0) return this.#parts.show(contact, arrival, null);
    const next = this.#next(contact.id, device);
    const until = emptyUntil(arrival);
    if (order <= next && until > order) return this.#skipEmpty(contact, device, order, until);
    if (order < next) {
      const gap = this.#parts.gaps.find(contact.id, device, order);
      // An order that was already filled under another content id: the sender's fault, shown at the end.
      this.#parts.show(contact, arrival, gap === null ? null : this.#parts.gaps.take(contact, gap, order));
      return;
    }
    if (order === next) {
      this.#parts.show(contact, arrival, null);
      this.#release(contact, device, next + 1);
      return;
    }
    this.#hold(contact, arrival);
    const held = this.#database.store.get(
      'SELECT count(*) AS n FROM held WHERE contact = ? AND device = ?',
      contact.id,
      device,
    );
    if (order - next > MAX_JUMP || Number(held?.['n'] ?? 0) > MAX_HELD) this.#skip(contact, device, arrival.receivedAt);
  }

  /** A message that is not shown, and those before it that were not waited for in vain. */
  drop(contact: ContactEntry, device: number, order: number): void {
    if (order >= this.#next(contact.id, device)) this.#release(contact, device, order + 1);
  }

  /** An order that came by another way (into a placeholder) is not missing any more. */
  settle(contact: ContactEntry, arrival: Arrival): void {
    const { device, order } = arrival;
    if (order === 0) return;
    const next = this.#next(contact.id, device);
    if (order === next) return this.#release(contact, device, next + 1);
    // Shown before its turn: it keeps its turn, with nothing to show then.
    if (order > next && order - next <= MAX_JUMP) this.#hold(contact, { ...arrival, saying: { nothing: true } });
    const gap = order < next ? this.#parts.gaps.find(contact.id, device, order) : null;
    if (gap !== null) this.#parts.gaps.take(contact, gap, order);
  }

  /** Whether its order was counted before it came, and nothing is known to be missing there. */
  isBefore(contact: ContactEntry, { device, order }: Arrival): boolean {
    return (
      order > 0 && order < this.#next(contact.id, device) && this.#parts.gaps.find(contact.id, device, order) === null
    );
  }

  /** Whether this content is held back already. */
  isHeld(contact: number, device: number, order: number, contentId: Uint8Array): boolean {
    const row = this.#database.store.get(
      'SELECT 1 AS found FROM held WHERE contact = ? AND device = ? AND ord = ? AND content_id = ?',
      contact,
      device,
      order,
      contentId,
    );
    return row !== undefined;
  }

  /** Ends the waiting of what is held since before `nowMs - HOLD_MS`. */
  expire(nowMs: number): void {
    this.#database.transaction(() => {
      for (const row of this.#database.store.all(
        'SELECT DISTINCT contact, device FROM held WHERE held_at <= ?',
        nowMs - HOLD_MS,
      )) {
        const contact = this.#parts.contacts.byId(Number(row['contact']));
        if (contact !== null) this.#skip(contact, Number(row['device']), nowMs);
      }
    });
  }

  /** When expire() has something to do next; null: nothing is held. */
  deadline(): number | null {
    const row = this.#database.store.get('SELECT min(held_at) AS at FROM held');
    return typeof row?.['at'] === 'number' ? row['at'] + HOLD_MS : null;
  }

  /** Gives up waiting for what is missing before the first held message. */
  #skip(contact: ContactEntry, device: number, nowMs: number): void {
    const first = this.#database.store.get(
      'SELECT min(ord) AS ord FROM held WHERE contact = ? AND device = ?',
      contact.id,
      device,
    );
    if (typeof first?.['ord'] !== 'number') return;
    const missing = this.#next(contact.id, device);
    const upTo = first['ord'] - 1;
    if (upTo - missing < MAX_JUMP) {
      if (this.#parts.gaps.insert(contact, device, missing, upTo, nowMs)) this.#parts.ask(contact, device);
    }
    this.#release(contact, device, upTo + 1);
  }

  /** Nothing is under these orders, or not any more: the sender's storage went back. What came early is shown. */
  #skipEmpty(contact: ContactEntry, device: number, from: number, until: number): void {
    this.#parts.gaps.close(contact, device, from, until);
    if (until < this.#next(contact.id, device)) return;
    this.#showHeldUpTo(contact, device, until);
    this.#release(contact, device, until + 1);
  }

  /** A contact says how far it is empty: only what is really held is looked at. */
  #showHeldUpTo(contact: ContactEntry, device: number, until: number): void {
    const where = 'WHERE contact = ? AND device = ? AND ord <= ? ORDER BY ord';
    for (const { ord } of this.#database.store.all(`SELECT ord FROM held ${where}`, contact.id, device, until)) {
      this.#showHeld(contact, device, Number(ord));
    }
  }

  /** @returns what comes after it; null: it is not held */
  #showHeld(contact: ContactEntry, device: number, order: number): number | null {
    const { store, rows } = this.#database;
    const key = [contact.id, device, order] as const;
    const where = 'WHERE contact = ? AND device = ? AND ord = ?';
    const row = store.get(`SELECT content_id, sealed FROM held ${where}`, ...key);
    if (row === undefined) return null;
    const record = rows.openRecord('held', heldName(...key), row['sealed']) as HeldRecord;
    store.run(`DELETE FROM held ${where}`, ...key);
    const arrival = { ...record, contentId: row['content_id'] as Uint8Array, device, order };
    this.#parts.show(contact, arrival, null);
    return Math.max(order, emptyUntil(arrival)) + 1;
  }

  /** Shows held messages as long as they follow on one another from `next`. */
  #release(contact: ContactEntry, device: number, next: number): void {
    let order = next;
    for (;;) {
      const after = this.#showHeld(contact, device, order);
      if (after === null) break;
      // What is held before the end of what is empty.
      if (after > order + 1) this.#showHeldUpTo(contact, device, after - 1);
      order = after;
    }
    this.#database.store.run(
      'INSERT OR REPLACE INTO stream (contact, device, next) VALUES (?, ?, ?)',
      contact.id,
      device,
      order,
    );
  }

  #hold(contact: ContactEntry, arrival: Arrival): void {
    const { contentId, device, order, saying, sentAt, receivedAt, told } = arrival;
    const record: HeldRecord = { saying, sentAt, receivedAt, ...(told === undefined ? {} : { told }) };
    this.#database.store.run(
      'INSERT OR IGNORE INTO held (contact, device, ord, content_id, held_at, sealed) VALUES (?, ?, ?, ?, ?, ?)',
      contact.id,
      device,
      order,
      contentId,
      receivedAt,
      this.#database.rows.sealRecord('held', heldName(contact.id, device, order), record),
    );
    this.#parts.onHold();
  }

  #next(contact: number, device: number): number {
    const row = this.#database.store.get('SELECT next FROM stream WHERE contact = ? AND device = ?', contact, device);
    return Number(row?.['next'] ?? 1);
  }
}

/** 0: that is not said, or a fault. */
function emptyUntil({ saying, order }: Arrival): number {
  const until = 'nothing' in saying ? (saying.until ?? 0) : 0;
  return until - order <= MAX_JUMP ? until : 0;
}

/** Numbers of the Sync contents of another own device whose messages are held: nobody who joins now has them. */
export function toldOfHeld({ store, rows }: Database, ownDevice: number): number[] {
  const held = store.all('SELECT contact, ord, sealed FROM held WHERE device = ?', -ownDevice);
  return held.flatMap(({ contact, ord, sealed }) => {
    const name = heldName(Number(contact), -ownDevice, Number(ord));
    return (rows.openRecord('held', name, sealed) as HeldRecord).told ?? [];
  });
}

const heldName = (contact: number, device: number, order: number): string => `${contact}/${device}/${order}`;
