/**
 * Care for what did not open or never came, without anybody's doing (ENG-40 to ENG-42). The device it came from is
 * asked for exactly that, over a fresh session when the old one does not serve any more. Anybody can wrap rubbish in a
 * contact's certificate, so questions and fresh sessions become rarer and rarer until something asked for really comes.
 */
import { between } from '../backoff.ts';
import type { Content } from '@sotto/protocol/wire';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { Gaps } from '../history/gaps.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import type { OutboxRows } from '../outbox/outbox-rows.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Placeholders } from './placeholders.ts';
import type { Random } from '../ports.ts';
import type { RepairRow, RepairRows } from './repair-rows.ts';
import type { Sessions } from '../contacts/sessions.ts';
import type { Timers } from '../timers.ts';

/** What fails together is asked for together. */
const GATHER_MS = 500;
const GATHER_JITTER_MS = 1000;
/** From one question to the next, and from one fresh session to the next, with one device. */
const PAUSES_MS = [15_000, 60_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 86_400_000];
/** After so long without a question the pauses begin anew. */
const CALM_MS = 2 * 86_400_000;
/** Orders, and ids, in one question. */
const MAX_ASKED = 64;
/** A gap that nobody fills is not asked for for ever. */
const GAP_ROUNDS = 6;
/** A little longer than senders keep what was not confirmed. */
const FORGET_MS = 31 * 86_400_000;
/** After a fault of our own disk. */
const FAULT_PAUSE_MS = 5000;

export interface RepairParts {
  readonly timers: Timers;
  readonly random: Random;
  readonly database: Database;
  readonly contacts: Contacts;
  readonly sessions: Sessions;
  readonly gaps: Gaps;
  readonly placeholders: Placeholders;
  readonly rows: RepairRows;
  readonly outboxRows: OutboxRows;
  readonly outbox: Outbox;
  /** Encrypts anew what the device has not confirmed. */
  readonly sendAnew: (contact: ContactEntry, device: number) => void;
}

export interface Arriving {
  readonly wasAsked: boolean;
  /** It came by the session that is used for sending. */
  readonly served: boolean;
  readonly nowMs: number;
}

export class Repair {
  readonly #parts: RepairParts;
  /** When a device's messages were last opened by the session in use: it serves. */
  readonly #heard = new Map<string, number>();
  /** And by whatever session. */
  readonly #opened = new Map<string, number>();
  #cancel: (() => void) | null = null;

  constructor(parts: RepairParts) {
    this.#parts = parts;
  }

  /** Takes up what an earlier run left. */
  start(): void {
    this.#parts.database.afterCommit(() => this.#schedule());
  }

  /** A content of a listed device could not be opened. Inside the inbox's transaction. */
  failed(contact: ContactEntry, device: number, contentId: Uint8Array, nowMs: number): void {
    if (contact.status === 'blocked') return;
    const { rows } = this.#parts;
    rows.addContent(contact.id, device, contentId, nowMs);
    this.#askSoon(rows.find(contact.id, device), nowMs);
  }

  /** A gap is shown. Inside the transaction that shows it. */
  missing(contact: ContactEntry, device: number): void {
    const { rows, timers } = this.#parts;
    this.#askSoon({ ...rows.find(contact.id, device), gapRounds: GAP_ROUNDS }, timers.now());
  }

  /** An authentic content is here, and about to be taken in. @returns whether it was to be asked for; it is not any more */
  settle(account: Uint8Array, device: number, contentId: Uint8Array): boolean {
    const contact = this.#parts.contacts.byAccount(account);
    return contact !== null && this.#parts.rows.removeContent(contact.id, device, contentId);
  }

  /** It was taken in. */
  arrived(contact: ContactEntry, device: number, content: Content, { wasAsked, served, nowMs }: Arriving): void {
    const { rows, placeholders } = this.#parts;
    this.#opened.set(`${contact.id}/${device}`, nowMs);
    if (served) this.#heard.set(`${contact.id}/${device}`, nowMs);
    // What is still a placeholder now was nothing to be shown.
    if (wasAsked) placeholders.remove(contact, device, content.id);
    if (content.body.case === 'gone') this.#gone(contact, device, content.body.value.ids);
    const row = rows.find(contact.id, device);
    if (row.nextAt === 0 || !(wasAsked || (content.order > 0n && row.gapRounds > 0))) return;
    // It helps: the rest is asked for soon.
    const gapRounds = row.gapRounds > 0 ? GAP_ROUNDS : 0;
    const helped = { ...row, asks: Math.min(row.asks, 1), restarts: Math.min(row.restarts, 1), gapRounds };
    rows.write({ ...helped, nextAt: this.#nextTime(helped, nowMs) });
    this.start();
  }

  /** The device says that these are nothing to be shown, or that it has them no more. */
  #gone(contact: ContactEntry, device: number, ids: readonly Uint8Array[]): void {
    let asked = false;
    for (const id of ids) {
      if (!this.#parts.rows.removeContent(contact.id, device, id)) continue;
      this.#parts.placeholders.remove(contact, device, id);
      asked = true;
    }
    // It may have been a receipt.
    if (asked) this.#parts.sendAnew(contact, device);
  }

  /** They could not open something of ours that was no message; our question, perhaps. */
  repeatQuestion(contact: ContactEntry, device: number, nowMs: number): void {
    const row = this.#parts.rows.find(contact.id, device);
    if (row.nextAt > nowMs) this.#askSoon({ ...row, asks: Math.min(row.asks, 1) }, nowMs);
  }

  /** Whether anything of the device was opened since. */
  wasHeard(contact: ContactEntry, device: number, sinceMs: number): boolean {
    return (this.#opened.get(`${contact.id}/${device}`) ?? 0) > sinceMs;
  }

  /** The contact was accepted: what could not be opened before is asked for. */
  accepted(contact: ContactEntry): void {
    const nowMs = this.#parts.timers.now();
    for (const row of this.#parts.rows.of(contact.id)) this.#askSoon(row, nowMs);
  }

  /** A person asked for the repair: at once, and as if for the first time. */
  hurry(contact: ContactEntry): void {
    const nowMs = this.#parts.timers.now();
    for (const row of this.#parts.rows.of(contact.id)) {
      this.#askSoon({ ...row, asks: 0, restarts: 0, askedAt: 0, gapRounds: GAP_ROUNDS, nextAt: 0 }, nowMs);
    }
  }

  #askSoon(row: RepairRow, nowMs: number): void {
    const isCalm = nowMs - row.askedAt > CALM_MS;
    const fresh = isCalm ? { ...row, asks: 0, restarts: 0 } : row;
    const soon = this.#nextTime(fresh, nowMs);
    this.#parts.rows.write({ ...fresh, nextAt: fresh.nextAt === 0 ? soon : Math.min(fresh.nextAt, soon) });
    this.start();
  }

  /** Never sooner after the last question than the pause that has grown so far. */
  #nextTime({ asks, askedAt }: RepairRow, nowMs: number): number {
    const gathered = nowMs + between(this.#parts.random, GATHER_MS, GATHER_MS + GATHER_JITTER_MS);
    return asks === 0 ? gathered : Math.max(gathered, askedAt + pauseAfter(asks));
  }

  #schedule(): void {
    this.#cancel?.();
    const next = this.#parts.rows.nextTime();
    if (next !== null) this.#wait(Math.max(1, next - this.#parts.timers.now()));
  }

  #wait(ms: number): void {
    const { timers, database, rows } = this.#parts;
    this.#cancel = timers.after(ms, () => {
      this.#cancel = null;
      const nowMs = timers.now();
      try {
        database.transaction(() => {
          for (const row of rows.due(nowMs)) this.#ask(row, nowMs);
        });
      } catch (error) {
        this.#wait(FAULT_PAUSE_MS);
        throw error;
      }
      this.#schedule();
    });
  }

  #ask(row: RepairRow, nowMs: number): void {
    const { rows, contacts, gaps, outboxRows, outbox, random } = this.#parts;
    const contact = contacts.byId(row.contact);
    rows.forgetBefore(row.contact, row.device, nowMs - FORGET_MS);
    const ids = rows.contents(row.contact, row.device, MAX_ASKED);
    const orders = row.gapRounds > 0 ? gaps.orders(row.contact, row.device, MAX_ASKED) : [];
    // A request is asked nothing: it shall not learn that anybody is here.
    if (contact?.status !== 'accepted' || ids.length + orders.length === 0) {
      return rows.write({ ...row, nextAt: 0, gapRounds: orders.length === 0 ? 0 : row.gapRounds });
    }
    // The last question has not left yet.
    if (outboxRows.has(contact.id, KIND.askAgain, row.device)) {
      return rows.write({ ...row, nextAt: nowMs + pauseAfter(1) });
    }
    const restarted = this.#restart(contact, row, nowMs);
    outbox.plan(contact, random(16), KIND.askAgain, { sentAt: nowMs, orders, ids }, row.device);
    const asked = {
      ...restarted,
      asks: row.asks + 1,
      askedAt: nowMs,
      gapRounds: orders.length === 0 ? 0 : row.gapRounds - 1,
    };
    rows.write({ ...asked, nextAt: this.#nextTime(asked, nowMs) });
  }

  /** The session is given up when something failed since it last served, or was begun; but only every so often. */
  #restart(contact: ContactEntry, row: RepairRow, nowMs: number): RepairRow {
    const { rows, sessions } = this.#parts;
    const served = this.#heard.get(`${contact.id}/${row.device}`) ?? 0;
    const isBroken = rows.newestFailure(contact.id, row.device) > Math.max(served, row.restartedAt);
    const mayRestart = row.restarts === 0 || nowMs - row.restartedAt >= pauseAfter(row.restarts);
    if (!isBroken || !mayRestart) return row;
    sessions.retire(contact.account, row.device);
    this.#parts.sendAnew(contact, row.device);
    return { ...row, restarts: row.restarts + 1, restartedAt: nowMs };
  }
}

const pauseAfter = (times: number): number => PAUSES_MS[Math.min(times, PAUSES_MS.length) - 1] ?? 0;
