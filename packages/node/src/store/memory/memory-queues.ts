import {
  type AcknowledgeItem,
  type DeviceRef,
  type Lane,
  type QueuedEnvelope,
  type StoreItem,
  type StoreOutcome,
} from '../relay-store.ts';
import { type EnvelopeRef } from '../ring-store.ts';
import { type StoreLimits, TOMBSTONE_EXTRA_SECONDS, UNPROVEN_SHARE } from '../store-limits.ts';
import { keyOf } from '../key-of.ts';
import { partitionOf } from '../partition-of.ts';
import { SequenceList } from '../sequence-list.ts';
import { type MemoryDirectory } from './memory-directory.ts';

export interface MemoryEnvelope extends QueuedEnvelope {
  readonly key: string;
  readonly lane: Lane;
  gone: boolean;
}

interface Usage {
  envelopes: number;
  bytes: number;
}

export interface MemoryQueue {
  readonly mailbox: Uint8Array;
  readonly device: number;
  readonly partition: number;
  readonly entries: SequenceList<MemoryEnvelope>;
  readonly byId: Map<string, MemoryEnvelope>;
  readonly usage: Record<Lane, Usage>;
  /** Ids that another home saw acknowledged, to their expiry. Of this queue alone: nobody says so for another's. */
  readonly takenElsewhere: Map<string, number>;
}

/** The envelopes of every device, and tombstones of those taken. */
export class MemoryQueues {
  readonly #limits: StoreLimits;
  readonly #tokens: Pick<MemoryDirectory, 'tokenIsValid' | 'spendToken'>;
  readonly #queues = new Map<string, MemoryQueue>();
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
    if (this.#tombstones.has(key) || queue.takenElsewhere.has(key)) return 'acknowledged';
    if (tokenHash !== null && !this.#tokens.tokenIsValid(mailbox, tokenHash)) return 'token-used';
    const usage = queue.usage[item.lane];
    if (!this.#hasRoom(item, usage)) return 'quota';

    if (tokenHash !== null) this.#tokens.spendToken(mailbox, tokenHash);
    const entry: MemoryEnvelope = {
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

  head(ref: DeviceRef): number {
    return this.#find(ref)?.entries.newest ?? 0;
  }

  acknowledge(item: AcknowledgeItem): void {
    const queue = item.expires === undefined ? this.#find(item) : this.#queueOf(item.mailbox, item.device);
    if (queue === undefined) return;
    for (const [index, id] of item.ids.entries()) {
      const key = keyOf(id);
      const entry = queue.byId.get(key);
      if (entry !== undefined) {
        remove(queue, entry);
        this.#tombstones.set(key, entry.expires);
      } else if (item.expires !== undefined && !this.#tombstones.has(key)) {
        const room = queue.takenElsewhere.size < this.#limits.contactEnvelopes;
        if (room && !queue.takenElsewhere.has(key)) queue.takenElsewhere.set(key, item.expires[index]!);
      }
    }
  }

  /** Those that hold envelopes. */
  *held(): Iterable<MemoryQueue> {
    for (const queue of this.#queues.values()) if (queue.byId.size > 0) yield queue;
  }

  find(ref: EnvelopeRef): MemoryEnvelope | null {
    return this.#find(ref)?.byId.get(keyOf(ref.id)) ?? null;
  }

  /** Without a tombstone. */
  discard(ref: EnvelopeRef): void {
    const queue = this.#find(ref);
    const entry = queue?.byId.get(keyOf(ref.id));
    if (queue !== undefined && entry !== undefined) remove(queue, entry);
  }

  expire(nowSeconds: number): number {
    let removed = 0;
    for (const [key, queue] of this.#queues) {
      for (const entry of queue.byId.values()) {
        if (entry.expires > nowSeconds) continue;
        remove(queue, entry);
        removed++;
      }
      for (const [id, expires] of queue.takenElsewhere) {
        if (expires + TOMBSTONE_EXTRA_SECONDS <= nowSeconds) queue.takenElsewhere.delete(id);
      }
      if (queue.byId.size === 0 && queue.takenElsewhere.size === 0) this.#queues.delete(key);
    }
    for (const [key, expires] of this.#tombstones) {
      if (expires + TOMBSTONE_EXTRA_SECONDS <= nowSeconds) this.#tombstones.delete(key);
    }
    return removed;
  }

  #hasRoom({ lane, body, unproven }: StoreItem, usage: Usage): boolean {
    const { contactEnvelopes, contactBytes, strangerEnvelopes } = this.#limits;
    if (lane === 'stranger') return usage.envelopes < strangerEnvelopes;
    const share = unproven === true ? UNPROVEN_SHARE : 1;
    return usage.envelopes < contactEnvelopes * share && usage.bytes + body.length <= contactBytes * share;
  }

  #find({ mailbox, device }: DeviceRef): MemoryQueue | undefined {
    return this.#queues.get(queueKey(mailbox, device));
  }

  #queueOf(mailbox: Uint8Array, device: number): MemoryQueue {
    const key = queueKey(mailbox, device);
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      const usage = { contact: { envelopes: 0, bytes: 0 }, stranger: { envelopes: 0, bytes: 0 } };
      const entries = new SequenceList<MemoryEnvelope>();
      const names = { mailbox: mailbox.slice(), device, partition: partitionOf(mailbox) };
      queue = { ...names, entries, byId: new Map(), usage, takenElsewhere: new Map() };
      this.#queues.set(key, queue);
    }
    return queue;
  }
}

const queueKey = (mailbox: Uint8Array, device: number): string => `${device}/${keyOf(mailbox)}`;

function remove(queue: MemoryQueue, entry: MemoryEnvelope): void {
  queue.entries.remove(entry);
  queue.byId.delete(entry.key);
  const usage = queue.usage[entry.lane];
  usage.envelopes--;
  usage.bytes -= entry.body.length;
}
