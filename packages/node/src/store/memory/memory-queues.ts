import {
  type AcknowledgeItem,
  type Lane,
  type QueuedEnvelope,
  type StoreItem,
  type StoreOutcome,
} from '../relay-store.ts';
import { type StoreLimits, TOMBSTONE_EXTRA_SECONDS } from '../store-limits.ts';
import { keyOf } from '../key-of.ts';
import { SequenceList } from '../sequence-list.ts';
import { type MemoryDirectory } from './memory-directory.ts';

interface Entry extends QueuedEnvelope {
  readonly key: string;
  readonly lane: Lane;
  gone: boolean;
}

interface Usage {
  envelopes: number;
  bytes: number;
}

interface Queue {
  readonly entries: SequenceList<Entry>;
  readonly byId: Map<string, Entry>;
  readonly usage: Record<Lane, Usage>;
}

/** The envelopes of every device, and tombstones of those taken. */
export class MemoryQueues {
  readonly #limits: StoreLimits;
  readonly #tokens: Pick<MemoryDirectory, 'tokenIsValid' | 'spendToken'>;
  readonly #queues = new Map<string, Queue>();
  /** Envelope id to its expiry. */
  readonly #tombstones = new Map<string, number>();
  #nextSequence = 1;

  constructor(limits: StoreLimits, tokens: Pick<MemoryDirectory, 'tokenIsValid' | 'spendToken'>) {
    this.#limits = limits;
    this.#tokens = tokens;
  }

  store(item: StoreItem): StoreOutcome {
    const { mailbox, tokenHash } = item;
    const queue = this.#queueOf(mailbox, item.device);
    const key = keyOf(item.id);
    if (queue.byId.has(key)) return 'duplicate';
    if (this.#tombstones.has(key)) return 'acknowledged';
    if (tokenHash !== null && !this.#tokens.tokenIsValid(mailbox, tokenHash)) return 'token-used';
    const usage = queue.usage[item.lane];
    if (!this.#hasRoom(item.lane, usage, item.body.length)) return 'quota';

    if (tokenHash !== null) this.#tokens.spendToken(mailbox, tokenHash);
    const entry: Entry = {
      sequence: this.#nextSequence++,
      id: item.id.slice(),
      expires: item.expires,
      body: item.body.slice(),
      key,
      lane: item.lane,
      gone: false,
    };
    queue.entries.push(entry);
    queue.byId.set(key, entry);
    usage.envelopes++;
    usage.bytes += entry.body.length;
    return 'stored';
  }

  take(mailbox: Uint8Array, device: number, after: number, limit: number): QueuedEnvelope[] {
    const entries = this.#queues.get(queueKey(mailbox, device))?.entries.after(after, limit) ?? [];
    return entries.map(({ sequence, id, expires, body }) => ({ sequence, id, expires, body }));
  }

  waiting(mailbox: Uint8Array, device: number): number {
    return this.#queues.get(queueKey(mailbox, device))?.byId.size ?? 0;
  }

  acknowledge(item: AcknowledgeItem): void {
    const queue = this.#queues.get(queueKey(item.mailbox, item.device));
    if (queue === undefined) return;
    for (const id of item.ids) {
      const entry = queue.byId.get(keyOf(id));
      if (entry === undefined) continue;
      remove(queue, entry);
      this.#tombstones.set(entry.key, entry.expires);
    }
  }

  expire(nowSeconds: number): number {
    let removed = 0;
    for (const [key, queue] of this.#queues) {
      for (const entry of queue.byId.values()) {
        if (entry.expires > nowSeconds) continue;
        remove(queue, entry);
        removed++;
      }
      if (queue.byId.size === 0) this.#queues.delete(key);
    }
    for (const [key, expires] of this.#tombstones) {
      if (expires + TOMBSTONE_EXTRA_SECONDS <= nowSeconds) this.#tombstones.delete(key);
    }
    return removed;
  }

  #hasRoom(lane: Lane, usage: Usage, bytes: number): boolean {
    const { contactEnvelopes, contactBytes, strangerEnvelopes } = this.#limits;
    if (lane === 'stranger') return usage.envelopes < strangerEnvelopes;
    return usage.envelopes < contactEnvelopes && usage.bytes + bytes <= contactBytes;
  }

  #queueOf(mailbox: Uint8Array, device: number): Queue {
    const key = queueKey(mailbox, device);
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      const usage = { contact: { envelopes: 0, bytes: 0 }, stranger: { envelopes: 0, bytes: 0 } };
      queue = { entries: new SequenceList(), byId: new Map(), usage };
      this.#queues.set(key, queue);
    }
    return queue;
  }
}

const queueKey = (mailbox: Uint8Array, device: number): string => `${device}/${keyOf(mailbox)}`;

function remove(queue: Queue, entry: Entry): void {
  queue.entries.remove(entry);
  queue.byId.delete(entry.key);
  const usage = queue.usage[entry.lane];
  usage.envelopes--;
  usage.bytes -= entry.body.length;
}
