import type { Link } from './link.ts';

/** Runs `callback` after what is being handled now: `setImmediate` in a process, the virtual clock in a simulation. */
export type Defer = (callback: () => void) => void;

/**
 * Gathers what one turn of the event loop brought: first the batches for the store start, then each link that
 * has frames to send seals them together. So cipher, system calls and commits are paid per batch (quality.md).
 */
export class Turn {
  readonly defer: Defer;
  #batches: (() => void)[] = [];
  #links: Link[] = [];
  #planned = false;

  constructor(defer: Defer) {
    this.defer = defer;
  }

  /** The caller asks once per turn. */
  runBatch(batch: () => void): void {
    this.#batches.push(batch);
    this.#plan();
  }

  /** The link asks once per turn. */
  flush(link: Link): void {
    this.#links.push(link);
    this.#plan();
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    this.defer(this.#run);
  }

  readonly #run = (): void => {
    // What a batch or a flush causes belongs to the next turn.
    this.#planned = false;
    const batches = this.#batches;
    this.#batches = [];
    for (const batch of batches) batch();
    const links = this.#links;
    this.#links = [];
    for (const link of links) link.flush();
  };
}
