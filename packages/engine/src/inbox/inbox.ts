/**
 * What the home node delivers. One transaction stores session state, history row and seen id; only then is the
 * envelope acknowledged (network.md, rule 1; ENG-2, ENG-3). Hostile input ends in this file: it is acknowledged and
 * gone, it never throws and never holds up what comes after it (ENG-9).
 */
import type { DeliverFrame } from '@sotto/protocol/wire';
import type { AcknowledgeSink } from '../connection/index.ts';
import { StoreError } from '../ports.ts';
import type { Arrivals } from './arrivals.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { Incoming, Opening } from './opening.ts';
import type { OwnPrekeys } from '../account/own-prekeys.ts';
import type { Parking } from './parking.ts';
import type { Senders } from './senders.ts';
import type { Repair } from '../repair/repair.ts';
import type { Sessions } from '../contacts/sessions.ts';
import type { Timers } from '../timers.ts';
import type { UnknownSpeakers } from '../room/unknown-speakers.ts';

/** Envelopes in one transaction; between two of them the engine does other things. */
const BATCH = 32;
/** After a fault of our own disk. */
const FAULT_PAUSE_MS = 5000;
/** Seen ids outlive the envelope's expiry, as the node's tombstones do. */
const SEEN_MARGIN_SECONDS = 86_400;

export interface InboxParts {
  readonly timers: Timers;
  readonly database: Database;
  readonly contacts: Contacts;
  readonly sessions: Sessions;
  readonly prekeys: OwnPrekeys;
  readonly opening: Opening;
  readonly senders: Senders;
  readonly arrivals: Arrivals;
  readonly parking: Parking;
  readonly repair: Repair;
  readonly speakers: UnknownSpeakers;
  /** These are safely kept, and need not come again. */
  readonly acknowledge: (taken: readonly Incoming[]) => void;
  /** Something authentic came from this contact: the way to them is open. */
  readonly onHeard: (contact: number, device: number) => void;
  /** A device began a session although there was one: it may have lost more. Inside the transaction. */
  readonly onBeganAnew: (account: Uint8Array, device: number) => void;
  /** Published keys are of no use any more. */
  readonly onKeysLost: () => void;
  readonly onFault: (error: unknown) => void;
}

export class Inbox {
  readonly #parts: InboxParts;
  #queue: Incoming[] = [];
  #scheduled = false;
  #closed = false;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  push(deliver: DeliverFrame, from: AcknowledgeSink): void {
    const { expires, live } = deliver;
    // The frame is a view of the link's buffer.
    const body = deliver.body.slice();
    this.#queue.push({ id: this.#parts.opening.idOf(expires, body), expires, body, live, from });
    this.#schedule();
  }

  /** A new link brings everything again that was not acknowledged on the one before. */
  reset(from: AcknowledgeSink): void {
    this.#queue = this.#queue.filter((incoming) => incoming.from !== from);
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
  }

  /** Parked envelopes whose sender's devices are known now, or never will be. */
  takeParked(parked: readonly Incoming[]): void {
    this.#parts.database.transaction(() => {
      for (const incoming of parked) this.#guarded(() => this.#take(incoming, true));
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    // Frames of one packet are pushed in one turn, and go into one transaction.
    void Promise.resolve().then(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    if (this.#closed || this.#queue.length === 0) return;
    const batch = this.#queue.splice(0, BATCH);
    let pauseMs = 0;
    try {
      this.#takeBatch(batch);
    } catch (error) {
      // Our own store failed: nothing was acknowledged, and it is tried again.
      if (this.#closed) return;
      this.#queue.unshift(...batch);
      pauseMs = FAULT_PAUSE_MS;
      this.#parts.onFault(error);
    }
    if (this.#queue.length === 0) return;
    this.#scheduled = true;
    this.#parts.timers.after(pauseMs, () => this.#run());
  }

  #takeBatch(batch: readonly Incoming[]): void {
    const { database, acknowledge } = this.#parts;
    let taken = batch;
    try {
      database.transaction(() => {
        for (const incoming of batch) this.#takeNew(incoming);
      });
    } catch (error) {
      if (isOutage(error)) throw error;
      // A fault in one of them: the others must not suffer.
      taken = batch.filter((incoming) => this.#takeAlone(incoming));
      // None goes through, nor anything else: it is the database, not what came.
      if (taken.length === 0 && isFailure(error) && !this.#canWrite()) throw error;
    }
    const stored = taken.filter(({ live }) => !live);
    if (stored.length > 0) acknowledge(stored);
  }

  /** @returns whether it may be acknowledged */
  #takeAlone(incoming: Incoming): boolean {
    const { database, onFault } = this.#parts;
    try {
      database.transaction(() => this.#takeNew(incoming));
    } catch (error) {
      if (isOutage(error)) throw error;
      onFault(error);
      // A row of ours that is damaged or cannot be written: not acknowledged, so it comes again with the next link.
      if (error instanceof StoreError) return false;
      if (!incoming.live) database.transaction(() => this.#markSeen(incoming));
    }
    return true;
  }

  #takeNew(incoming: Incoming): void {
    if (!incoming.live) {
      if (this.#isSeen(incoming.id)) return;
      this.#markSeen(incoming);
    }
    this.#take(incoming, false);
  }

  /** @param again the sender's devices were looked up for it, for better or worse */
  #take(incoming: Incoming, again: boolean): void {
    const { opening, senders, sessions, prekeys, contacts, arrivals, timers, parking, speakers, repair } = this.#parts;
    const unsealed = opening.unseal(incoming.body);
    if (unsealed === null) return;
    const { account, device } = unsealed;
    const nowMs = timers.now();
    const opened = opening.decrypt(unsealed);
    const failed = opened.result === 'undecryptable' || opened.result === 'duplicate';
    if (failed && !incoming.live && senders.isListed(unsealed)) {
      arrivals.takeFailed(account, device, unsealed.contentId, opened.result, nowMs);
      const lostKey = opened.result === 'undecryptable' && opened.lostKey;
      if (lostKey && prekeys.suspect()) this.#parts.database.afterCommit(() => this.#parts.onKeysLost());
    }
    if (opened.result !== 'decrypted') return;
    const { record, used, content, newer, served, beganAnew } = opened.decrypted;
    let verdict = senders.judge(unsealed, opened.decrypted, again);
    if (verdict === 'unlisted' && content !== null && !incoming.live && !parking.park(account, incoming, content)) {
      // A node was told that we have it: it counts with what can be known of its sender without asking.
      verdict = senders.judge(unsealed, opened.decrypted, true);
    }
    if (verdict === 'unlisted' && content?.body.case === 'roomLine' && incoming.live) speakers.hold(account, incoming);
    if (verdict !== 'genuine') return;
    sessions.write(account, device, record);
    if (used !== null) prekeys.use(used);
    if (beganAnew) this.#parts.onBeganAnew(account, device);
    if (content === null) {
      if (newer) arrivals.takeUnknown(account, device, unsealed.contentId, nowMs);
      return;
    }
    const wasAsked = repair.settle(account, device, content.id);
    arrivals.take(account, device, content, nowMs, incoming.live);
    const contact = contacts.byAccount(account);
    if (contact !== null) repair.arrived(contact, device, content, { wasAsked, served, nowMs });
    if (contact !== null) this.#parts.database.afterCommit(() => this.#parts.onHeard(contact.id, device));
  }

  #canWrite(): boolean {
    const { database, timers } = this.#parts;
    try {
      database.transaction(() => database.setMeta('inbox-probe', { at: timers.now() }));
      return true;
    } catch {
      return false;
    }
  }

  #guarded(take: () => void): void {
    try {
      take();
    } catch (error) {
      if (isOutage(error) || isFailure(error)) throw error;
      this.#parts.onFault(error);
    }
  }

  #isSeen(id: Uint8Array): boolean {
    return this.#parts.database.store.get('SELECT 1 AS found FROM seen WHERE id = ?', id) !== undefined;
  }

  #markSeen({ id, expires }: Incoming): void {
    this.#parts.database.store.run('INSERT OR IGNORE INTO seen (id, expires) VALUES (?, ?)', id, expires);
  }

  /** Forgets ids of envelopes that can no longer come. */
  prune(): void {
    const { database, timers } = this.#parts;
    const before = Math.floor(timers.now() / 1000) - SEEN_MARGIN_SECONDS;
    database.transaction(() => database.store.run('DELETE FROM seen WHERE expires < ?', before));
  }
}

/** The disk is full, or held by somebody: everything waits. */
const isOutage = (error: unknown): boolean =>
  error instanceof StoreError && (error.code === 'disk-full' || error.code === 'busy');

/** The database refuses what was to be written, or does not work at all. */
const isFailure = (error: unknown): boolean => error instanceof StoreError && error.code === 'failed';
