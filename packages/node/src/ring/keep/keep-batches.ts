import type { NodeKey } from '@sotto/protocol/ring';
import { type KeepAs, MAX_KEEP_ITEMS } from '@sotto/protocol/wire';
import type { Turn } from '../../links/turn.ts';
import { describeError, type Log } from '../../log.ts';
import { PeerError } from '../peer-error.ts';
import type { RingRuntime } from '../ring-runtime.ts';
import { askKeep, type AskKeepParts, type KeepOffer, type KeptAnswer } from './ask-keep.ts';

/** Envelopes for one node in one frame: what fits a packet with all else in it. */
const KEEP_BYTES = 60_000;
/** Of one envelope beside its body. */
const ITEM_BYTES = 128;

export interface KeepBatchesParts extends AskKeepParts {
  readonly turn: Turn;
  readonly log: Log;
  readonly ring: RingRuntime;
}

/** Who waits for what becomes of its envelopes. */
export interface KeepAsker<Ticket> {
  kept(from: NodeKey, tickets: readonly Ticket[], answer: KeptAnswer): void;
  failed(from: NodeKey, tickets: readonly Ticket[], error: unknown): void;
}

interface Pending<Ticket> {
  readonly ticket: Ticket;
  readonly item: KeepOffer;
}

/** What goes to one node in one turn leaves together, so that its answers share signatures and commits. */
export class KeepBatches<Ticket> {
  readonly #parts: KeepBatchesParts;
  readonly #asker: KeepAsker<Ticket>;
  #gathering = new Map<string, { readonly to: NodeKey; readonly as: KeepAs; readonly pending: Pending<Ticket>[] }>();

  constructor(parts: KeepBatchesParts, asker: KeepAsker<Ticket>) {
    this.#parts = parts;
    this.#asker = asker;
  }

  add(to: NodeKey, as: KeepAs, ticket: Ticket, item: KeepOffer): void {
    if (this.#gathering.size === 0) this.#parts.turn.runBatch(this.#send);
    const key = `${as} ${to}`;
    const pending = { ticket, item };
    const batch = this.#gathering.get(key);
    if (batch === undefined) this.#gathering.set(key, { to, as, pending: [pending] });
    else batch.pending.push(pending);
  }

  readonly #send = (): void => {
    const gathered = this.#gathering;
    this.#gathering = new Map();
    for (const { to, as, pending } of gathered.values()) {
      for (const chunk of chunksOf(pending, ({ item }) => item.body.length)) this.#ask(to, as, chunk);
    }
  };

  #ask(to: NodeKey, as: KeepAs, pending: readonly Pending<Ticket>[]): void {
    const tickets = pending.map(({ ticket }) => ticket);
    const peer = this.#parts.ring.peer(to);
    if (peer === null) return this.#asker.failed(to, tickets, new PeerError('down'));
    const items = pending.map(({ item }) => item);
    askKeep(this.#parts, peer, as, items).then(
      (answer) => this.#asker.kept(to, tickets, answer),
      (error: unknown) => {
        if (!(error instanceof PeerError)) this.#parts.log.error('keep-failed', describeError(error));
        this.#asker.failed(to, tickets, error);
      },
    );
  }
}

/** Cuts a list into what fits one frame each. @param bytesOf of the body */
export function chunksOf<T>(list: readonly T[], bytesOf: (element: T) => number): T[][] {
  const chunks: T[][] = [];
  let room = 0;
  for (const element of list) {
    const bytes = bytesOf(element) + ITEM_BYTES;
    const last = chunks.at(-1);
    if (last === undefined || last.length >= MAX_KEEP_ITEMS || bytes > room) {
      chunks.push([element]);
      room = KEEP_BYTES - bytes;
    } else {
      last.push(element);
      room -= bytes;
    }
  }
  return chunks;
}
