/**
 * Own contents that have an order: messages of the history and amendments, as the outbox sees them. What became of
 * them is shown at the message; whoever asks for one again gets it, or learns that it is gone (ENG-8).
 */
import type { MessageState } from '../api.ts';
import type { AmendmentRow, AmendmentRows } from '../amendments/amendment-rows.ts';
import { amendmentBody } from '../amendments/amendment.ts';
import type { History, NewlyStored, StateDetails } from '../history/history.ts';
import type { MessageRow } from '../history/message-row.ts';
import { mayBecome } from '../history/message-state.ts';
import { problemNumber } from '../history/problems.ts';
import type { Problem } from '../history/problems.ts';
import type { Timers } from '../timers.ts';
import { goneBody, textBody, timerBody } from './contents.ts';
import type { Body } from './contents.ts';
import { KIND } from './outbox-rows.ts';
import type { OutboxKind } from './outbox-rows.ts';

export type OwnContent =
  { readonly kind: 'message'; readonly row: MessageRow } | { readonly kind: 'amendment'; readonly row: AmendmentRow };

export class OwnContents {
  readonly #history: History;
  readonly #amendments: AmendmentRows;
  readonly #timers: Timers;
  readonly #device: () => number;
  readonly #onTimeRuns: () => void;

  /**
   * @param device this one; its number may be settled only when the node is reached
   * @param onTimeRuns the time of a message that disappears has begun
   */
  constructor(
    history: History,
    amendments: AmendmentRows,
    timers: Timers,
    device: () => number,
    onTimeRuns: () => void,
  ) {
    this.#history = history;
    this.#amendments = amendments;
    this.#timers = timers;
    this.#device = device;
    this.#onTimeRuns = onTimeRuns;
  }

  /** null when it is not ours, or has no order. */
  find(contact: number, contentId: Uint8Array): OwnContent | null {
    const message = this.#history.byContent(contact, contentId);
    if (message !== null) return message.outgoing ? { kind: 'message', row: message } : null;
    const amendment = this.#amendments.find(contact, contentId);
    return amendment?.author === 'self' ? { kind: 'amendment', row: amendment } : null;
  }

  /** By the order that this device gave it. */
  byOrder(contact: number, order: number): OwnContent | null {
    const message = this.#history.outgoingByOrder(contact, this.#device(), order);
    if (message !== null) return { kind: 'message', row: message };
    const amendment = this.#amendments.byOrder(contact, this.#device(), order);
    return amendment === null ? null : { kind: 'amendment', row: amendment };
  }

  /** The first order after this one under which there is something; null: there is none. */
  nextOrderAfter(contact: number, order: number): number | null {
    const device = this.#device();
    const found = [
      this.#history.nextOwnOrder(contact, device, order),
      this.#amendments.nextOrder(contact, device, order),
    ];
    const orders = found.filter((each) => each !== null);
    return orders.length === 0 ? null : Math.min(...orders);
  }

  /** Whether this device wrote it, not another one of the account. */
  isFromHere({ row }: OwnContent): boolean {
    return row.device === this.#device();
  }

  setOrder({ kind, row }: OwnContent, order: number): void {
    if (kind === 'message') this.#history.setOrder(row.position, order);
    else this.#amendments.setOrder(row.number, order);
  }

  /** @returns whether the state changed; a step back is ignored (ENG-4). */
  setState(content: OwnContent, to: MessageState, more: StateDetails = {}): boolean {
    if (content.kind === 'amendment') return this.#setAmendmentState(content.row, to, more.problem ?? 'none');
    const { position } = content.row;
    if (content.row.disappear > 0 && (to === 'stored' || to === 'delivered' || to === 'read')) {
      this.#history.startTime(position, this.#timers.now());
      this.#onTimeRuns();
    }
    return this.#history.setState(content.row, to, more);
  }

  /** More nodes have it than were known to. */
  noteStored({ kind, row }: OwnContent, stored: NewlyStored): void {
    if (kind === 'message') this.#history.noteStored(row, stored);
  }

  /** One that failed starts again, under its id. @returns false when what it said is gone, or it has not failed */
  restart(content: OwnContent): boolean {
    if (content.row.state !== 'failed') return false;
    if (content.kind === 'message') {
      if (bodyOf(content)?.case === 'gone') return false;
      this.#history.restart(content.row);
    } else {
      this.#amendments.setState(content.row.number, 'waiting', 0);
      this.#history.tellContent(content.row.contact, content.row.target);
    }
    return true;
  }

  #setAmendmentState(row: AmendmentRow, to: MessageState, problem: Problem): boolean {
    const now = this.#amendments.find(row.contact, row.contentId);
    const number = problemNumber(problem);
    // That it was handed over is not kept: it is shown with the message, which was sent before.
    if (now === null || to === 'sent') return false;
    if (!mayBecome(now.state, to) && (now.state !== to || now.problem === number)) return false;
    this.#amendments.setState(now.number, to, number);
    this.#history.tellContent(row.contact, row.target);
    return true;
  }
}

export const outboxKindOf = ({ kind }: OwnContent): OutboxKind => (kind === 'message' ? KIND.text : KIND.amend);

/** The time that was written on it, ms since 1970. */
export const sentAtOf = ({ kind, row }: OwnContent): number =>
  kind === 'message' ? row.record.sentAt : row.record.stamp.sentAt;

/** What it says now; `gone` takes the place of words that are not here any more. */
export function bodyOf({ kind, row }: OwnContent): Body {
  if (kind === 'amendment') {
    const { amendment } = row.record;
    return amendment === undefined ? goneBody([row.contentId]) : amendmentBody(amendment);
  }
  const { text, timer } = row.record;
  if (timer !== undefined) return timerBody(timer);
  return text === undefined ? goneBody([row.contentId]) : textBody(text, row.replyTo, row.disappear);
}
