/**
 * What a device of a contact asks for again: orders that never came there, and contents that came and could not be
 * opened (network.md, rule 6; ENG-8, ENG-40). It gets exactly those, under their ids and orders, encrypted anew for it
 * alone; what is nothing to be shown, or not here any more, is answered Gone, under the order that was asked for.
 */
import type { ContactEntry } from '../contacts/contacts.ts';
import type { Outbox } from './outbox.ts';
import { outboxKindOf, sentAtOf } from './own-contents.ts';
import type { OwnContent, OwnContents } from './own-contents.ts';
import { KIND } from './outbox-rows.ts';
import type { OutboxRows } from './outbox-rows.ts';
import type { Random } from '../ports.ts';
import type { Timers } from '../timers.ts';

/** Contents repeated for one device in PAUSE_MS; whoever misses more asks again. */
const MAX_REPEATED = 256;
const PAUSE_MS = 10_000;

export interface RepeatsParts {
  readonly ownContents: OwnContents;
  readonly outbox: Outbox;
  readonly rows: OutboxRows;
  readonly random: Random;
  readonly timers: Timers;
  /** This device's number: only it knows the orders that it gave. */
  readonly device: number;
  /** The order that the next content for this contact gets. */
  readonly nextOrder: (contact: number) => number;
  /** Other devices of the account may still give back what was lost here. */
  readonly isRecalling: () => boolean;
  /** What could not be opened there was no message: a receipt perhaps, or a question of ours. */
  readonly onUnshown: (contact: ContactEntry, device: number) => void;
}

export interface Question {
  readonly orders: readonly bigint[];
  readonly ids: readonly Uint8Array[];
}

export class Repeats {
  readonly #parts: RepeatsParts;
  readonly #answered = new Map<string, { since: number; count: number }>();

  constructor(parts: RepeatsParts) {
    this.#parts = parts;
  }

  /** Inside the inbox's transaction. @param device the one that asks */
  asked(contact: ContactEntry, device: number, { orders, ids }: Question, nowMs: number): void {
    if (contact.status !== 'accepted') return;
    const { ownContents, outbox, random } = this.#parts;
    const found: OwnContent[] = [];
    const next = this.#parts.nextOrder(contact.id);
    let emptyUntil = 0;
    for (const order of orders.map(Number).toSorted((a, b) => a - b)) {
      const content = ownContents.byOrder(contact.id, order);
      if (content === null && (order <= emptyUntil || order >= next || this.#parts.isRecalling())) continue;
      if (!this.#mayAnswer(contact, device, nowMs)) break;
      if (content === null) emptyUntil = this.#sayEmpty(contact, device, order, next - 1, nowMs);
      else found.push(content);
    }
    const gone: Uint8Array[] = [];
    for (const id of ids) {
      if (!this.#mayAnswer(contact, device, nowMs)) break;
      const content = ownContents.find(contact.id, id);
      if (content !== null && content.row.device === this.#parts.device) found.push(content);
      else if (!this.#repeatHello(contact, device, id)) gone.push(id.slice());
    }
    for (const content of found.sort((a, b) => a.row.order - b.row.order)) this.#repeat(contact, device, content);
    if (gone.length === 0) return;
    outbox.plan(contact, random(16), KIND.gone, { sentAt: nowMs, ids: gone }, device);
    this.#parts.onUnshown(contact, device);
  }

  #repeat(contact: ContactEntry, device: number, content: OwnContent): void {
    const { rows, outbox, ownContents } = this.#parts;
    const { contentId } = content.row;
    if (rows.isPlannedForAll(contact.id, contentId)) return;
    rows.takeBack(contact.id, device, contentId);
    ownContents.restart(content);
    outbox.plan(contact, contentId, outboxKindOf(content), { sentAt: sentAtOf(content) }, device);
  }

  /** What had this order, and what followed, is not here any more: our storage went back. Nobody is to wait for it. */
  #sayEmpty(contact: ContactEntry, device: number, order: number, last: number, nowMs: number): number {
    const { outbox, ownContents, random } = this.#parts;
    const contentId = random(16);
    const until = Math.min(last, (ownContents.nextOrderAfter(contact.id, order) ?? Infinity) - 1);
    outbox.plan(contact, contentId, KIND.gone, { sentAt: nowMs, order, until, ids: [contentId] }, device);
    return until;
  }

  /** Hello has no row of its own; it waits in the outbox until it is confirmed. */
  #repeatHello(contact: ContactEntry, device: number, id: Uint8Array): boolean {
    const { rows, outbox, timers } = this.#parts;
    if (rows.kindOf(contact.id, device, id) !== KIND.hello) return false;
    rows.takeBack(contact.id, device, id);
    outbox.plan(contact, id.slice(), KIND.hello, { sentAt: timers.now() }, device);
    return true;
  }

  #mayAnswer(contact: ContactEntry, device: number, nowMs: number): boolean {
    const key = `${contact.id}/${device}`;
    const known = this.#answered.get(key);
    const recent = known !== undefined && nowMs - known.since < PAUSE_MS ? known : { since: nowMs, count: 0 };
    this.#answered.set(key, { since: recent.since, count: recent.count + 1 });
    return recent.count < MAX_REPEATED;
  }
}
