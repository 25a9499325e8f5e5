/** What became of an envelope, written into the rows and shown in the history (ENG-4, ENG-6). */
import type { MessageState } from '../api.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { Encryption } from './encryption.ts';
import { KIND } from './outbox-rows.ts';
import type { OutboxKind, OutboxRows, SealedRow } from './outbox-rows.ts';
import type { OwnContent, OwnContents } from './own-contents.ts';
import type { Outcome } from './transmission.ts';
import type { StateDetails } from '../history/history.ts';
import type { Problem } from '../history/problems.ts';
import type { SendingProblem } from './sending-problem.ts';
import type { Timers } from '../timers.ts';
import { toHex } from '../store/hex.ts';

/** Without the recipient's receipt, an envelope is stored again after this time. */
export const STORE_AGAIN_MS = 24 * 3_600_000;
/** Nobody sends a receipt for these. */
const UNCONFIRMED: ReadonlySet<OutboxKind> = new Set([KIND.receipt, KIND.askAgain, KIND.gone]);

const AT_A_NODE: ReadonlySet<MessageState> = new Set(['stored', 'delivered', 'read']);

export class Outcomes {
  readonly #database: Database;
  readonly #timers: Timers;
  readonly #contacts: Contacts;
  readonly #ownContents: OwnContents;
  readonly #rows: OutboxRows;
  readonly #encryption: Encryption;
  readonly #onSent: (contact: ContactEntry, contentId: Uint8Array) => void;
  readonly #onUnknown: (
    contact: ContactEntry,
    device: number,
    contentId: Uint8Array,
    state: 'delivered' | 'read',
  ) => void;
  /** Ids of failed contents that certainly reached nobody and still hold an order. */
  readonly #returnable = new Set<string>();

  constructor(parts: {
    database: Database;
    timers: Timers;
    contacts: Contacts;
    ownContents: OwnContents;
    rows: OutboxRows;
    encryption: Encryption;
    /** A content of this device is at a node for the first time, or was given up. */
    onSent: (contact: ContactEntry, contentId: Uint8Array) => void;
    /** A receipt for what is not here: another own device sent it, perhaps. */
    onUnknown: (contact: ContactEntry, device: number, contentId: Uint8Array, state: 'delivered' | 'read') => void;
  }) {
    this.#database = parts.database;
    this.#timers = parts.timers;
    this.#contacts = parts.contacts;
    this.#ownContents = parts.ownContents;
    this.#rows = parts.rows;
    this.#encryption = parts.encryption;
    this.#onSent = parts.onSent;
    this.#onUnknown = parts.onUnknown;
  }

  /** Enough nodes stored it, or a live node's recipient took it. */
  arrived(contact: ContactEntry, row: SealedRow, outcome: Exclude<Outcome, { result: 'problem' }>): void {
    if (contact.requestToken !== null && contact.capability === null) {
      this.#contacts.update(contact, { requestToken: null });
    }
    if (outcome.result === 'delivered') {
      this.confirmed(contact, row.device, row.contentId, 'delivered');
    } else if (UNCONFIRMED.has(row.kind)) {
      this.#rows.remove(row.id);
    } else {
      const { nodes, of, homes } = outcome;
      this.#rows.markStored(row.id, this.#timers.now() + STORE_AGAIN_MS, homes);
      const content = this.#ownContents.find(contact.id, row.contentId);
      const stored = { nodes, of, isAnew: row.stored };
      if (content !== null) this.#setState(contact, content, 'stored', { stored });
    }
  }

  /** More nodes than it takes have it by now. */
  storedOnMore(contact: ContactEntry, row: SealedRow, nodes: readonly string[], of: number): void {
    const content = this.#ownContents.find(contact.id, row.contentId);
    if (content !== null) this.#ownContents.noteStored(content, { nodes, of, isAnew: false });
  }

  /** The recipient's device says that it has this content, or that it was read. */
  confirmed(contact: ContactEntry, device: number, contentId: Uint8Array, state: 'delivered' | 'read'): void {
    const told = this.#rows.confirm(contact.id, device, contentId);
    if (told !== null && told > contact.told) this.#contacts.update(contact, { told });
    const content = this.#ownContents.find(contact.id, contentId);
    if (content === null) this.#onUnknown(contact, device, contentId, state);
    else this.#setState(contact, content, state);
  }

  /** What this device wrote is told to the others of its account when it has left, or will not. */
  #setState(contact: ContactEntry, content: OwnContent, to: MessageState, more: StateDetails = {}): boolean {
    const isNews = to === 'failed' || !AT_A_NODE.has(content.row.state);
    const changed = this.#ownContents.setState(content, to, more);
    if (changed && isNews && this.#ownContents.isFromHere(content)) this.#onSent(contact, content.row.contentId);
    return changed;
  }

  /** It will not get there by itself; with other devices still on their way, the message goes on. */
  fail(contact: ContactEntry, contentId: Uint8Array, kind: OutboxKind, problem: SendingProblem, row?: SealedRow): void {
    if (!isOrdered(kind) || this.#rows.remaining(contact.id, contentId) > 0) return;
    const content = this.#ownContents.find(contact.id, contentId);
    if (content === null) return;
    if (!this.#setState(contact, content, 'failed', { problem: problem.problem }) || !problem.certain) return;
    if (row?.uncertain !== true) this.#returnOrders(content);
  }

  /** The last orders given, when nobody can have seen them, are given again: the other end would wait for them. */
  #returnOrders(content: OwnContent): void {
    this.#returnable.add(toHex(content.row.contentId));
    let last: OwnContent | null = content;
    while (last !== null && this.#returnable.has(toHex(last.row.contentId)) && this.#encryption.releaseOrder(last)) {
      this.#returnable.delete(toHex(last.row.contentId));
      last = this.#ownContents.byOrder(last.row.contact, last.row.order - 1);
    }
  }

  /** Why it still waits. @param uncertain it was handed over, but no answer came */
  explain(contact: ContactEntry, contentId: Uint8Array, problem: Problem, uncertain = false): void {
    const content = this.#ownContents.find(contact.id, contentId);
    if (content === null) return;
    if (uncertain) this.#ownContents.setState(content, 'sent');
    else this.#ownContents.setState(content, content.row.state, { problem });
  }

  /** Gives up what nobody fetched in time. */
  expire(nowMs: number): void {
    const expired = this.#rows.expired(nowMs);
    if (expired.length === 0) return;
    this.#database.transaction(() => {
      for (const { id, contact, contentId, kind } of expired) {
        this.#rows.remove(id);
        const entry = this.#contacts.byId(contact);
        if (entry === null || !isOrdered(kind) || this.#rows.remaining(contact, contentId) > 0) continue;
        const content = this.#ownContents.find(contact, contentId);
        if (content !== null) this.#setState(entry, content, 'failed', { problem: 'expired' });
      }
    });
  }
}

/** Kinds whose failure is shown. */
const isOrdered = (kind: OutboxKind): boolean => kind === KIND.text || kind === KIND.amend;
