import { type StoreItem } from '../relay-store.ts';
import { type EnvelopeRef, type HeldEnvelope, type PartitionCount, type PartitionFingerprint } from '../ring-store.ts';
import { fingerprintOf } from '../partition-of.ts';
import { type MemoryQueue, type MemoryQueues } from './memory-queues.ts';

/** What is held, partition by partition, counted when somebody asks. */
export class MemoryPartitions {
  readonly #queues: MemoryQueues;

  constructor(queues: MemoryQueues) {
    this.#queues = queues;
  }

  counts(): PartitionCount[] {
    return [...this.#byPartition()].map(([partition, queues]) => ({
      partition,
      envelopes: queues.reduce((sum, { byId }) => sum + byId.size, 0),
    }));
  }

  digests(from: number, to: number): PartitionFingerprint[] {
    const found: PartitionFingerprint[] = [];
    for (const [partition, queues] of this.#byPartition()) {
      if (partition < from || partition > to) continue;
      const halves = queues.flatMap(({ byId }) => Array.from(byId.values(), ({ id }) => id.subarray(0, 16)));
      found.push({ partition, count: halves.length, fingerprint: fingerprintOf(halves) });
    }
    return found;
  }

  inventory(partition: number, after: number, limit: number): HeldEnvelope[] {
    const held = (this.#byPartition().get(partition) ?? []).flatMap(({ mailbox, device, entries }) =>
      entries.after(after, limit).map(({ sequence, id, expires, lane, body }) => ({
        sequence,
        id,
        mailbox,
        device,
        expires,
        lane,
        bytes: body.length,
      })),
    );
    return held.toSorted((a, b) => a.sequence - b.sequence).slice(0, limit);
  }

  read(ref: EnvelopeRef): StoreItem | null {
    const entry = this.#queues.find(ref);
    if (entry === null) return null;
    const { id, expires, lane, body } = entry;
    return { id, mailbox: ref.mailbox.slice(), device: ref.device, expires, lane, body, tokenHash: null };
  }

  #byPartition(): Map<number, MemoryQueue[]> {
    const found = new Map<number, MemoryQueue[]>();
    for (const queue of this.#queues.held()) {
      const queues = found.get(queue.partition);
      if (queues === undefined) found.set(queue.partition, [queue]);
      else queues.push(queue);
    }
    return new Map([...found].toSorted(([a], [b]) => a - b));
  }
}
