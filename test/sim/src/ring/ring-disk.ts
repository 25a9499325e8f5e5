import type { RandomSource } from '../random-source.ts';
import type { EventQueue } from './event-queue.ts';
import type { RingEnvelope } from './ring-envelope.ts';

/** One copy of an envelope. */
export interface Copy {
  readonly envelope: RingEnvelope;
  /** Bits of the body changed: its hash is no longer its id. Found out when it is read. */
  flipped: boolean;
}

export type StoreOutcome = 'stored' | 'known' | 'gone' | 'full';

export type DiskWrite =
  | { readonly kind: 'store'; readonly envelope: RingEnvelope; readonly done: (outcome: StoreOutcome) => void }
  /** Removed for its recipient's word: leaves a tombstone, whether it was there or not. */
  | { readonly kind: 'acknowledge'; readonly id: string; readonly untilMs: number }
  /** Removed because others have it: leaves nothing. */
  | { readonly kind: 'discard'; readonly id: string };

export interface DiskFaults {
  readonly minSyncMs: number;
  readonly maxSyncMs: number;
}

/** What is changed about disks by a bug put in on purpose. */
export interface DiskHabits {
  /** Says that something is written before it is. */
  readonly acknowledgesEarly: boolean;
  readonly keepsTombstones: boolean;
}

/**
 * The disk of one node: writes are grouped, and are there when their fsync ends. A crash loses what was not synced,
 * but for those first writes that happened to get there. Partitions of nothing are not in it.
 */
export class RingDisk {
  readonly partitions = new Map<number, Map<string, Copy>>();
  readonly tombstones = new Map<string, number>();
  full = false;
  #waiting: DiskWrite[] = [];
  #writing: DiskWrite[] = [];
  /** Counts crashes: an fsync of before tells nobody. */
  #life = 0;
  readonly #queue: EventQueue;
  readonly #random: RandomSource;
  readonly #faults: DiskFaults;
  readonly #habits: DiskHabits;
  readonly #watch: (kind: 'stored' | 'acknowledged' | 'discarded', id: string) => void;

  /** @param watch told of what the disk has from now on, or no longer */
  constructor(
    queue: EventQueue,
    random: RandomSource,
    faults: DiskFaults,
    habits: DiskHabits,
    watch: (kind: 'stored' | 'acknowledged' | 'discarded', id: string) => void,
  ) {
    this.#queue = queue;
    this.#random = random;
    this.#faults = faults;
    this.#habits = habits;
    this.#watch = watch;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#writing.length === 0;
  }

  write(write: DiskWrite): void {
    if (write.kind === 'store' && this.full) {
      this.#queue.after(0, () => write.done('full'));
      return;
    }
    this.#waiting.push(write.kind === 'store' ? this.#told(write) : write);
    if (this.#writing.length === 0) this.#sync();
  }

  /** The copy as it can be read: one whose hash is wrong is no copy, and is removed. */
  read(partition: number, id: string): RingEnvelope | null {
    const copies = this.partitions.get(partition);
    const copy = copies?.get(id);
    if (copy === undefined) return null;
    if (!copy.flipped) return copy.envelope;
    this.#remove(partition, id);
    return null;
  }

  has(partition: number, id: string): boolean {
    return this.partitions.get(partition)?.has(id) === true;
  }

  /** Sorted, of those that have not expired. */
  ids(partition: number): string[] {
    return [...(this.partitions.get(partition)?.keys() ?? [])].sort();
  }

  /** Of whole copies. */
  goodIds(): string[] {
    return [...this.partitions.values()].flatMap((copies) =>
      [...copies].flatMap(([id, { flipped }]) => (flipped ? [] : [id])),
    );
  }

  flip(id: string): void {
    for (const copies of this.partitions.values()) {
      const copy = copies.get(id);
      if (copy !== undefined) copy.flipped = true;
    }
  }

  /** Forgets what has expired. @param now of the node's clock */
  expire(now: number, tombstoneMs: number): void {
    for (const [partition, copies] of this.partitions) {
      for (const [id, { envelope }] of copies) if (envelope.expiresMs <= now) this.#remove(partition, id);
    }
    for (const [id, untilMs] of this.tombstones) if (untilMs + tombstoneMs <= now) this.tombstones.delete(id);
  }

  /** Reads everything once: what is damaged is found. */
  scrub(): void {
    for (const [partition, copies] of this.partitions) for (const id of copies.keys()) this.read(partition, id);
  }

  crash(): void {
    this.#life++;
    const pending = [...this.#writing, ...this.#waiting];
    this.#writing = [];
    this.#waiting = [];
    for (const write of pending.slice(0, this.#random.between(0, pending.length))) this.#apply(write);
  }

  /** A new disk, with nothing on it. */
  die(): void {
    this.#life++;
    this.#writing = [];
    this.#waiting = [];
    this.partitions.clear();
    this.tombstones.clear();
    this.full = false;
  }

  /** As it should be: nothing is said before it is true. */
  #told(write: DiskWrite & { readonly kind: 'store' }): DiskWrite {
    if (!this.#habits.acknowledgesEarly) return write;
    this.#queue.after(0, () => write.done('stored'));
    return { ...write, done: () => undefined };
  }

  #sync(): void {
    this.#writing = this.#waiting;
    this.#waiting = [];
    const life = this.#life;
    const { minSyncMs, maxSyncMs } = this.#faults;
    this.#queue.after(minSyncMs + this.#random.next() * (maxSyncMs - minSyncMs), () => {
      if (life !== this.#life) return;
      const written = this.#writing;
      this.#writing = [];
      const told = written.map((write) => this.#apply(write));
      for (const tell of told) tell();
      if (this.#writing.length === 0 && this.#waiting.length > 0) this.#sync();
    });
  }

  #apply(write: DiskWrite): () => void {
    switch (write.kind) {
      case 'store': {
        const outcome = this.#store(write.envelope);
        return () => write.done(outcome);
      }
      case 'acknowledge':
        if (this.#habits.keepsTombstones) this.tombstones.set(write.id, write.untilMs);
        for (const partition of this.partitions.keys()) this.#remove(partition, write.id);
        this.#watch('acknowledged', write.id);
        return () => undefined;
      case 'discard':
        for (const partition of this.partitions.keys()) this.#remove(partition, write.id);
        this.#watch('discarded', write.id);
        return () => undefined;
    }
  }

  #store(envelope: RingEnvelope): StoreOutcome {
    const { id, partition } = envelope;
    if (this.tombstones.has(id)) return 'gone';
    let copies = this.partitions.get(partition);
    if (copies === undefined) this.partitions.set(partition, (copies = new Map()));
    // As a database does: what has this id stays as it is, whole or damaged.
    if (copies.has(id)) return 'known';
    copies.set(id, { envelope, flipped: false });
    this.#watch('stored', id);
    return 'stored';
  }

  #remove(partition: number, id: string): void {
    const copies = this.partitions.get(partition);
    if (copies?.delete(id) === true && copies.size === 0) this.partitions.delete(partition);
  }
}
