import { keyOf } from '../key-of.ts';
import { type StoreItem, type StoreOutcome } from '../relay-store.ts';
import { type CallOrder, settledOf } from './call-order.ts';

/** Envelopes in one transaction, when calls come faster than commits. */
const MOST = 1_024;
/** Transactions side by side: while one waits for the disk, another one finds its way. */
const LANES = 3;

interface Batch {
  readonly items: StoreItem[];
  readonly answer: Promise<StoreOutcome[]>;
  readonly settled: Promise<void>;
  begun: boolean;
}

/** Names by which calls that touch the same are told: queues, and accounts for what belongs to all their devices. */
export const queueName = (mailbox: Uint8Array, device: number): string => `${device}/${keyOf(mailbox)}`;
export const accountName = (mailbox: Uint8Array): string => `@${keyOf(mailbox)}`;

/**
 * Calls of `store` that come while others are being committed become one transaction, as long as none overtakes
 * another call of the same queue.
 */
export class StoreBatches {
  readonly #order: CallOrder;
  readonly #store: (items: readonly StoreItem[]) => Promise<StoreOutcome[]>;
  /** Takes more items: has not begun. */
  #open: Batch | null = null;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(order: CallOrder, store: (items: readonly StoreItem[]) => Promise<StoreOutcome[]>) {
    this.#order = order;
    this.#store = store;
  }

  add(given: readonly StoreItem[]): Promise<StoreOutcome[]> {
    const items = copiesOf(given);
    const count = items.length;
    const names = namesOf(items);
    const open = this.#open;
    if (open !== null && this.#mayJoin(open, items, names)) {
      const from = open.items.length;
      open.items.push(...items);
      this.#order.widen(names, open.settled);
      return open.answer.then((outcomes) => outcomes.slice(from, from + count));
    }
    return this.#begin(items, names).answer.then((outcomes) => outcomes.slice(0, count));
  }

  #mayJoin(open: Batch, items: readonly StoreItem[], names: readonly string[]): boolean {
    return !open.begun && open.items.length + items.length <= MOST && !this.#order.waits(names, open.settled);
  }

  #begin(items: StoreItem[], names: readonly string[]): Batch {
    const before = this.#order.before(names);
    const start = async (): Promise<StoreOutcome[]> => {
      // Calls of one turn go together, and so do those that come while others are being committed.
      await before;
      if (this.#underWay === LANES) await new Promise<void>((go) => this.#waiting.push(go));
      else this.#underWay++;
      batch.begun = true;
      try {
        return await this.#store(items);
      } finally {
        const next = this.#waiting.shift();
        if (next === undefined) this.#underWay--;
        else next();
      }
    };
    const { promise, resolve, reject } = Promise.withResolvers<StoreOutcome[]>();
    const batch: Batch = { items, answer: promise, settled: settledOf(promise), begun: false };
    this.#order.enter(names, batch.settled);
    this.#open = batch;
    start().then(resolve, reject);
    return batch;
  }
}

const namesOf = (items: readonly StoreItem[]): string[] => {
  const names = new Set<string>();
  for (const { mailbox, device, tokenHash } of items) {
    names.add(queueName(mailbox, device));
    if (tokenHash !== null) names.add(accountName(mailbox));
  }
  return [...names];
};

/** The caller may reuse its buffers; one piece of memory for all of a call. */
function copiesOf(items: readonly StoreItem[]): StoreItem[] {
  let bytes = 0;
  for (const { body } of items) bytes += 96 + body.length;
  const memory = new Uint8Array(bytes);
  let at = 0;
  const copy = (source: Uint8Array): Uint8Array => {
    memory.set(source, at);
    const own = memory.subarray(at, at + source.length);
    at += source.length;
    return own;
  };
  return items.map((item) => ({
    ...item,
    id: copy(item.id),
    mailbox: copy(item.mailbox),
    body: copy(item.body),
    tokenHash: item.tokenHash === null ? null : copy(item.tokenHash),
  }));
}
