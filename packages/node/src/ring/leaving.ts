import type { Clock } from '@sotto/protocol/link';
import type { RelayStore } from '../store/relay-store.ts';
import type { RingRuntime } from './ring-runtime.ts';

export interface LeaveProgress {
  /** `announced`: still a home until the epoch two ahead. `handing-over`: until all homes have what is kept here. */
  readonly state: 'announced' | 'handing-over' | 'left';
  /** Envelopes kept here. */
  readonly held: number;
}

const POLL_MS = 1000;

/** Why a node cannot leave. */
export class LeaveError extends Error {
  readonly code = 'alone';
  constructor() {
    super('there is no other node that could take over');
    this.name = 'LeaveError';
  }
}

/**
 * Leaves the network (RING-48): home of nothing from the epoch two ahead, then waits until the homes have everything.
 * @returns resolves when nothing is kept here any more
 * @throws LeaveError when nobody else is in the network
 */
export async function leaveRing(
  parts: {
    readonly ring: RingRuntime;
    readonly clock: Clock;
    readonly store: Pick<RelayStore, 'partitions'> | null;
  },
  onProgress: (progress: LeaveProgress) => void,
): Promise<void> {
  const { ring, clock, store } = parts;
  const others = ring.view().members.filter(({ key, weight }) => key !== ring.self && weight > 0);
  if (others.length === 0) throw new LeaveError();
  ring.leave();
  for (;;) {
    const held = store === null ? 0 : (await store.partitions()).reduce((sum, { envelopes }) => sum + envelopes, 0);
    const isHome = (ring.view().member(ring.self)?.weight ?? 0) > 0;
    if (!isHome && held === 0) break;
    onProgress({ state: isHome ? 'announced' : 'handing-over', held });
    await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
  }
  onProgress({ state: 'left', held: 0 });
}
