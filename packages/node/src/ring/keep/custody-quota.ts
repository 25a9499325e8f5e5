import type { Clock } from '@sotto/protocol/link';
import type { NodeKey } from '@sotto/protocol/ring';
import type { Limits } from '../../limits.ts';
import { TokenBucket } from '../../links/token-bucket.ts';
import type { RingRuntime } from '../ring-runtime.ts';

export interface CustodyQuotaParts {
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'custodyBytes' | 'custodyBytesPerDay'>;
  readonly ring: Pick<RingRuntime, 'view'>;
}

/** Whoever answers for one or more nodes that had something kept here. */
interface Giver {
  readonly today: TokenBucket;
  /** Bytes of bodies by partition. */
  readonly held: Map<number, number>;
  heldBytes: number;
}

const DAY_SECONDS = 86_400;
/** Of whom nothing is held any more, so many are remembered. */
const REMEMBERED = 1024;

/**
 * What this node keeps for homes at the word of others is bounded for each operator whom a founder let in, with all that
 * were let in below it: in a day, and at one time (RING-30). Counted by partition, in memory: a restart forgets it.
 */
export class CustodyQuota {
  readonly #parts: CustodyQuotaParts;
  readonly #givers = new Map<string, Giver>();

  constructor(parts: CustodyQuotaParts) {
    this.#parts = parts;
  }

  /** @returns whether so much more is kept; it counts as held from now on */
  take(from: NodeKey, partition: number, bytes: number): boolean {
    const { clock, limits } = this.#parts;
    const giver = this.#giverOf(from);
    if (giver.heldBytes + bytes > limits.custodyBytes) return false;
    const perSecond = limits.custodyBytesPerDay / DAY_SECONDS;
    if (!giver.today.take(limits.custodyBytesPerDay, perSecond, clock.now(), bytes)) return false;
    giver.held.set(partition, (giver.held.get(partition) ?? 0) + bytes);
    giver.heldBytes += bytes;
    return true;
  }

  /** So much of a partition is held no longer, or was not stored. Whose it was is not known by envelope. */
  left(partition: number, bytes: number): void {
    let rest = bytes;
    for (const giver of this.#givers.values()) {
      if (rest <= 0) return;
      const part = Math.min(rest, giver.held.get(partition) ?? 0);
      if (part > 0) reduce(giver, partition, part);
      rest -= part;
    }
  }

  /** Of other partitions nothing is held for others any more: taken over, acknowledged or expired. */
  holdsOnly(partitions: ReadonlySet<number>): void {
    for (const giver of this.#givers.values()) {
      for (const [partition, bytes] of giver.held) if (!partitions.has(partition)) reduce(giver, partition, bytes);
    }
  }

  #giverOf(from: NodeKey): Giver {
    const { clock, limits, ring } = this.#parts;
    const key = ring.view().member(from)?.domains.operator ?? from;
    let giver = this.#givers.get(key);
    if (giver === undefined) {
      if (this.#givers.size >= REMEMBERED) {
        for (const [other, { heldBytes }] of this.#givers) if (heldBytes === 0) this.#givers.delete(other);
      }
      giver = { today: new TokenBucket(limits.custodyBytesPerDay, clock.now()), held: new Map(), heldBytes: 0 };
      this.#givers.set(key, giver);
    }
    return giver;
  }
}

function reduce(giver: Giver, partition: number, bytes: number): void {
  const left = (giver.held.get(partition) ?? 0) - bytes;
  if (left > 0) giver.held.set(partition, left);
  else giver.held.delete(partition);
  giver.heldBytes -= bytes;
}
