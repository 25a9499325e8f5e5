/**
 * Sends what waits, and sends it again until the recipient's own receipt or its expiry (network.md, rule 7; ENG-5,
 * ENG-6). Everything it needs to go on after a crash is in its rows.
 */
import { DEFAULT_EXPIRY_SECONDS } from '@sotto/protocol/mailbox';
import { backoffMs } from '../backoff.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import { routeFor } from './contents.ts';
import type { Database } from '../store/database.ts';
import type { Encryption } from './encryption.ts';
import type { OutboxRows, OutboxKind, OutboxPayload, PlannedRow, SealedRow } from './outbox-rows.ts';
import type { Outcomes } from './outcomes.ts';
import type { Random } from '../ports.ts';
import type { Profile } from '../account/profile.ts';
import { problemOf, SendingProblem } from './sending-problem.ts';
import type { Target, Targets } from './targets.ts';
import type { Timers } from '../timers.ts';
import type { Outcome, Transmission } from './transmission.ts';

/** Contents encrypted in one transaction. */
const BATCH = 16;
/** Envelopes of one contact under way at a time. */
const WINDOW = 32;
const MAX_BACKOFF_MS = 60_000;
/** After a fault of our own disk. */
const FAULT_PAUSE_MS = 5000;

export interface OutboxParts {
  readonly timers: Timers;
  readonly random: Random;
  readonly database: Database;
  readonly contacts: Contacts;
  readonly profile: Profile;
  readonly rows: OutboxRows;
  readonly targets: Targets;
  readonly encryption: Encryption;
  readonly transmission: Transmission;
  readonly outcomes: Outcomes;
  /** Due to be stored again: whether the receipt must have got lost, and the content was planned anew. */
  readonly isReceiptLost: (contact: ContactEntry, row: SealedRow) => boolean;
  /** A device is not in their list any more, and rows for it are still there. Inside a transaction. */
  readonly onDeviceGone: (contact: ContactEntry, device: number) => void;
  /** States of messages changed. */
  readonly onProgress: () => void;
  readonly onFault: (error: unknown) => void;
}

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #working = new Set<number>();
  readonly #again = new Set<number>();
  readonly #inFlight = new Map<number, Set<number>>();
  readonly #failures = new Map<number, number>();
  readonly #lookingUp = new Set<number>();
  #finished: { row: SealedRow; outcome: Outcome }[] = [];
  #cancel: (() => void) | null = null;
  #pausedUntil = 0;
  #started = false;
  #closed = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /**
   * Writes down what is to be sent (inside the caller's transaction); it leaves after the commit.
   * @param device the only one that gets it; 0: all of them
   * @param notBefore ms since 1970
   */
  plan(
    contact: ContactEntry,
    contentId: Uint8Array,
    kind: OutboxKind,
    payload: OutboxPayload,
    device = 0,
    notBefore = 0,
  ): void {
    const { database, rows, timers } = this.#parts;
    const expires = Math.floor(timers.now() / 1000) + DEFAULT_EXPIRY_SECONDS;
    rows.plan(contact.id, contentId, kind, payload, expires, device, notBefore);
    database.afterCommit(() => this.wake(contact.id));
  }

  /** Begins, with what an earlier run left. Before, nothing is sent. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#schedule(0);
  }

  wake(contact: number): void {
    if (this.#started) this.#run(this.#work(contact));
  }

  /** The way may be open again: what was postponed is tried now. @param contact null: all */
  hurry(contact: number | null): void {
    if (contact === null) this.#failures.clear();
    else if (!this.#failures.delete(contact)) return;
    this.#parts.database.transaction(() => this.#parts.rows.hurry(contact));
    this.#schedule(0);
  }

  /** A device of a contact wrote: what waits for its keys is tried now. */
  heard(contact: number, device: number): void {
    const { database, rows, timers } = this.#parts;
    this.hurry(contact);
    if (!database.transaction(() => rows.ready(contact, [device], timers.now()))) return;
    this.wake(contact);
  }

  /** Nothing is under way, and nothing is due that could be sent now. */
  isIdle(): boolean {
    const flying = [...this.#inFlight.values()].some(({ size }) => size > 0);
    if (flying || this.#working.size > 0) return false;
    return !this.#started || this.#parts.rows.dueContacts(this.#parts.timers.now()).length === 0;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #schedule(minimumMs = 1): void {
    this.#cancel?.();
    if (this.#closed || !this.#started) return;
    const nowMs = this.#parts.timers.now();
    // After a pause everything that came due meanwhile is looked at, as when it begins.
    const next = minimumMs === 0 || this.#pausedUntil > nowMs ? nowMs : this.#parts.rows.nextTime(nowMs);
    if (next === null) return;
    const wait = Math.max(minimumMs, next - nowMs, this.#pausedUntil - nowMs);
    this.#cancel = this.#parts.timers.after(wait, () => {
      const now = this.#parts.timers.now();
      this.#parts.outcomes.expire(now);
      for (const contact of this.#parts.rows.dueContacts(now)) this.wake(contact);
      this.#schedule();
    });
  }

  /** One worker a contact: keeps their order, and one slow node holds up nobody else. */
  async #work(contact: number): Promise<void> {
    if (this.#working.has(contact)) {
      this.#again.add(contact);
      return;
    }
    this.#working.add(contact);
    try {
      do {
        this.#again.delete(contact);
        await this.#encryptPlanned(contact);
        this.#sendDue(contact);
      } while (this.#again.has(contact) && !this.#closed);
    } finally {
      this.#working.delete(contact);
    }
    this.#schedule();
  }

  async #encryptPlanned(contactId: number): Promise<void> {
    const { rows, contacts, profile, targets, timers } = this.#parts;
    while (!this.#closed && this.#pausedUntil <= timers.now()) {
      const planned = rows.planned(contactId, timers.now(), BATCH);
      const contact = contacts.byId(contactId);
      if (planned.length === 0 || contact === null) return;
      const route = routeFor(contact, profile.current);
      try {
        if (route === null) throw new SendingProblem('no-route', 'retry', { retryMs: MAX_BACKOFF_MS });
        const devices = await targets.prepare(contact, route);
        if (this.#closed) return;
        if (this.#ready(contact, devices)) continue;
        await this.#encrypt(contact, planned, devices);
        this.#sendDue(contactId);
      } catch (error) {
        if (this.#closed) return;
        this.#handleProblem(contact, planned, problemOf(error, 'none'));
      }
    }
  }

  /** What waited for one of these devices goes first. */
  #ready(contact: ContactEntry, targets: readonly Target[]): boolean {
    const { database, rows, timers } = this.#parts;
    const devices = targets.map(({ device }) => device);
    return database.transaction(() => rows.ready(contact.id, devices, timers.now()));
  }

  /** One content that cannot be encrypted does not stop the others. */
  async #encrypt(contact: ContactEntry, planned: readonly PlannedRow[], devices: readonly Target[]): Promise<void> {
    try {
      await this.#parts.encryption.run(contact.id, planned, devices);
    } catch (error) {
      if (this.#closed) return;
      const problem = problemOf(error, 'none');
      if (planned.length === 1) return this.#handleProblem(contact, planned, problem);
      for (const row of planned) await this.#encrypt(contact, [row], devices);
    }
  }

  #handleProblem(contact: ContactEntry, planned: readonly PlannedRow[], problem: SendingProblem): void {
    const { database, rows, outcomes, timers } = this.#parts;
    database.transaction(() => {
      if (problem.step === 'give-up') {
        for (const row of planned) {
          rows.remove(row.id);
          outcomes.fail(contact, row.contentId, row.kind, problem);
        }
      } else {
        rows.postponeAll(contact.id, timers.now() + this.#delay(contact.id, problem));
        for (const row of planned) outcomes.explain(contact, row.contentId, problem.problem);
      }
    });
  }

  #sendDue(contactId: number): void {
    const { rows, contacts, profile, timers } = this.#parts;
    const contact = contacts.byId(contactId);
    if (contact === null || this.#closed || this.#pausedUntil > timers.now()) return;
    const route = routeFor(contact, profile.current);
    if (route === null) return;
    const flying = this.#inFlight.get(contactId) ?? new Set();
    this.#inFlight.set(contactId, flying);
    if (flying.size >= WINDOW) return;
    for (const row of rows.due(contactId, timers.now(), flying, WINDOW - flying.size)) {
      if (row.stored && !row.moved && this.#parts.isReceiptLost(contact, row)) continue;
      flying.add(row.id);
      this.#run(
        this.#parts.transmission.attempt(contact, route, row).then(
          (outcome) => {
            if (this.#finished.length === 0) this.#run(Promise.resolve().then(() => this.#flush()));
            this.#finished.push({ row, outcome });
          },
          (error: unknown) => {
            flying.delete(row.id);
            throw error;
          },
        ),
      );
    }
  }

  /** Answers that came in one packet are written in one transaction. */
  #flush(): void {
    const finished = this.#finished;
    this.#finished = [];
    for (const { row } of finished) this.#inFlight.get(row.contact)?.delete(row.id);
    if (this.#closed) return;
    const { database, contacts, outcomes, targets, rows, timers } = this.#parts;
    // First what went through: it ends the waiting of what was postponed, but not of what is refused just now.
    const inOrder = [
      ...finished.filter(({ outcome }) => outcome.result !== 'problem'),
      ...finished.filter(({ outcome }) => outcome.result === 'problem'),
    ];
    const failed = new Set<number>();
    const unlisted = new Map<ContactEntry, Set<number>>();
    database.transaction(() => {
      for (const { row, outcome } of inOrder) {
        const contact = contacts.byId(row.contact);
        if (contact === null) continue;
        if (outcome.result !== 'problem') {
          if (this.#failures.delete(contact.id)) rows.hurry(contact.id);
          outcomes.arrived(contact, row, outcome);
          if (outcome.result === 'stored' && outcome.later !== null) this.#run(this.#noteLater(row, outcome));
          continue;
        }
        const { problem } = outcome;
        targets.forgetAccess(contact, problem);
        if (problem.step === 'give-up') {
          rows.remove(row.id);
          outcomes.fail(contact, row.contentId, row.kind, problem, row);
        } else if (problem.step === 'no-device') {
          rows.postpone(row.id, timers.now() + MAX_BACKOFF_MS, false);
          unlisted.set(contact, (unlisted.get(contact) ?? new Set()).add(row.device));
        } else if (problem.step === 'retry') {
          // All that a link lost when it broke is one failure.
          const nextAt = timers.now() + this.#delay(contact.id, problem, failed.has(contact.id) ? 0 : 1);
          failed.add(contact.id);
          rows.postponeAll(contact.id, nextAt);
          rows.postpone(row.id, nextAt, problem.uncertain);
          if (!row.stored) outcomes.explain(contact, row.contentId, problem.problem, problem.uncertain);
        }
      }
    });
    this.#parts.onProgress();
    for (const [contact, devices] of unlisted) this.#run(this.#lookUpAgain(contact, devices));
    for (const contact of new Set(finished.map(({ row }) => row.contact))) this.wake(contact);
  }

  /** Receipts that came after enough of them had come. */
  async #noteLater(row: SealedRow, { later, nodes: before, of }: Outcome & { result: 'stored' }): Promise<void> {
    const nodes = (await later) ?? before;
    if (this.#closed || nodes.length === before.length) return;
    const { database, contacts, outcomes } = this.#parts;
    database.transaction(() => {
      const contact = contacts.byId(row.contact);
      if (contact !== null) outcomes.storedOnMore(contact, row, nodes, of);
    });
  }

  /** Their node does not know these devices: the newest list says who gets what was under way to them (ENG-16). */
  async #lookUpAgain(contact: ContactEntry, devices: ReadonlySet<number>): Promise<void> {
    const { database, targets, profile, onDeviceGone } = this.#parts;
    const route = routeFor(contact, profile.current);
    if (route === null || this.#lookingUp.has(contact.id)) return;
    this.#lookingUp.add(contact.id);
    try {
      const { list } = await targets.lookUp(contact.account, route);
      if (this.#closed) return;
      const gone = [...devices].filter((device) => !list.devices.some((listed) => listed.device === device));
      database.transaction(() => {
        for (const device of gone) onDeviceGone(contact, device);
      });
      this.wake(contact.id);
    } catch (error) {
      // What was refused is tried again later, and then the list is looked up again.
      problemOf(error, 'none');
    } finally {
      this.#lookingUp.delete(contact.id);
    }
  }

  #delay(contact: number, problem: SendingProblem, more = 1): number {
    const failures = (this.#failures.get(contact) ?? 0) + more;
    this.#failures.set(contact, failures);
    return Math.max(problem.retryMs, backoffMs(this.#parts.random, failures, MAX_BACKOFF_MS));
  }

  /** Work that nobody waits for: a fault pauses the outbox, and nothing is lost, for it is all in the rows. */
  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#closed) return;
      this.#pausedUntil = this.#parts.timers.now() + FAULT_PAUSE_MS;
      this.#parts.onFault(error);
      this.#cancel?.();
      this.#cancel = this.#parts.timers.after(FAULT_PAUSE_MS, () => this.#schedule(0));
    });
  }
}
