import type { Homes, NodeKey } from '@sotto/protocol/ring';
import type { RingDisk } from './ring-disk.ts';
import type { RingEnvelope } from './ring-envelope.ts';

/** A node as whoever sees everything sees it. */
export interface Machine {
  readonly key: NodeKey;
  readonly disk: RingDisk;
  readonly lying: boolean;
  /** Never comes back. */
  readonly removed: boolean;
}

interface Owed {
  readonly envelope: RingEnvelope;
  stored: boolean;
  confirmed: boolean;
  /** Copies that faults destroyed since all homes had one. */
  destroyed: number;
  /** So many copies may be destroyed until all homes have one again. */
  /** Below 0, or below what is destroyed: nothing can be promised any more. */
  budget: number;
}

/**
 * Sees everything: what is owed to whom, and where it is. It keeps faults within what the write quorum allows: of
 * nothing may more than W - 1 copies be destroyed until it was repaired, lying homes included.
 */
export class RingLedger {
  readonly owed = new Map<string, Owed>();
  readonly #machines: ReadonlyMap<NodeKey, Machine>;
  readonly #homesOf: (partition: number) => Homes;
  readonly #onBeyond: (id: string) => void;

  /** @param homesOf who is home at this moment, by everything that was ever signed */
  constructor(
    machines: ReadonlyMap<NodeKey, Machine>,
    homesOf: (partition: number) => Homes,
    onBeyond: (id: string) => void,
  ) {
    this.#machines = machines;
    this.#homesOf = homesOf;
    this.#onBeyond = onBeyond;
  }

  tried(envelope: RingEnvelope): void {
    this.owed.set(envelope.id, {
      envelope,
      stored: false,
      confirmed: false,
      destroyed: 0,
      budget: this.#budget(this.#homesOf(envelope.partition)),
    });
  }

  /**
   * Its sender counted W receipts.
   * @param legitimate homes and stand-ins of the sender's own view
   * @returns how many disks must have it, and how many do
   */
  stored(id: string, signers: readonly NodeKey[], legitimate: Homes): { copies: number; promised: number } {
    const owed = this.owed.get(id);
    if (owed === undefined) return { copies: 0, promised: 0 };
    const allowed = new Set([...legitimate.homes, ...legitimate.standIns]);
    const liars = signers.filter((key) => allowed.has(key) && this.#machines.get(key)?.lying === true).length;
    owed.stored = true;
    this.#lower(owed, legitimate.w - 1 - liars);
    return { copies: this.copies(owed.envelope) + owed.destroyed, promised: owed.budget + 1 };
  }

  /** An honest node let go of its copy, because others have it. @param homes in its own view */
  discarded(id: string, homes: Homes): void {
    const owed = this.owed.get(id);
    if (owed !== undefined && !owed.confirmed) this.#lower(owed, homes.r - 1 - this.#liars(homes));
  }

  confirmed(id: string): void {
    const owed = this.owed.get(id);
    if (owed !== undefined) owed.confirmed = true;
  }

  isOwed(id: string, nowMs: number): boolean {
    const owed = this.owed.get(id);
    return owed !== undefined && !owed.confirmed && owed.envelope.expiresMs > nowMs;
  }

  /** Whether these copies may be destroyed. @param quiet all has been well for so long that everything must be repaired */
  mayDestroy(ids: readonly string[], nowMs: number, quiet: boolean): boolean {
    return ids.every((id) => {
      const owed = this.owed.get(id);
      if (owed === undefined || !this.isOwed(id, nowMs)) return true;
      this.#begunAnew(owed, quiet);
      return owed.destroyed < owed.budget;
    });
  }

  destroyed(ids: readonly string[]): void {
    for (const id of ids) {
      const owed = this.owed.get(id);
      if (owed !== undefined) owed.destroyed++;
    }
  }

  /** Good copies on the disks of honest nodes that are there or will come back. */
  copies({ id, partition }: RingEnvelope): number {
    let copies = 0;
    for (const { disk, lying, removed } of this.#machines.values()) {
      if (!lying && !removed && disk.partitions.get(partition)?.get(id)?.flipped === false) copies++;
    }
    return copies;
  }

  #isRepaired({ id, partition }: RingEnvelope): boolean {
    return this.#homesOf(partition).homes.every((key) => {
      const machine = this.#machines.get(key);
      if (machine === undefined || machine.removed) return false;
      return machine.lying || machine.disk.partitions.get(partition)?.get(id)?.flipped === false;
    });
  }

  /** A ring of which few are left promises less than the one in which faults were dealt out. */
  #lower(owed: Owed, budget: number): void {
    this.#begunAnew(owed, false);
    owed.budget = Math.min(owed.budget, budget);
    if (owed.budget < owed.destroyed) this.#onBeyond(owed.envelope.id);
  }

  #begunAnew(owed: Owed, quiet: boolean): void {
    if (owed.destroyed === 0 || !(quiet || this.#isRepaired(owed.envelope))) return;
    owed.destroyed = 0;
    owed.budget = this.#budget(this.#homesOf(owed.envelope.partition));
  }

  #budget(homes: Homes): number {
    return homes.w - 1 - this.#liars(homes);
  }

  #liars({ homes }: Homes): number {
    return homes.filter((key) => this.#machines.get(key)?.lying === true).length;
  }
}
