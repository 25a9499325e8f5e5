import type { Link } from '../links/link.ts';

/** The end of a mailbox at which a device takes its envelopes: with a store, or live. */
export interface Outlet {
  readonly link: Link;
  /** Pushed, and not acknowledged by the client. */
  readonly unacknowledged: number;
  /** Beside the link by which the device is attached, or will be: only for sweeps. */
  readonly beside: boolean;
  /** Pushing begins: Attached was answered. */
  start(): void;
  /** Pushes whatever waits here and is not under way, from the beginning; `done` when the last of it was pushed. */
  sweep(done: () => void): void;
  /**
   * Has a place in the link's window, to be given back with link.end(ids.length).
   * @param ids envelope ids, 32 B each @param request answered with Done when the envelopes are gone; 0: not
   */
  acknowledge(ids: Uint8Array, request: number): void;
  /** Acknowledged elsewhere, and gone from the store. */
  taken(ids: readonly Uint8Array[]): void;
  /** Another edge stored something for this device: reads on. */
  wake(): void;
  /** The network took what was written: pushing goes on. */
  resume(): void;
  /** The link is gone, or another one took over. */
  end(): void;
}

/** All attached devices of a node, by deviceKey(). */
export interface Outlets {
  get(key: string): Outlet | undefined;
  all(): Iterable<Outlet>;
  /** Takes the place of one that was there. */
  open(link: Link, mailbox: Uint8Array, device: number): Outlet;
  /** One that takes nobody's place, and is not found by get(). */
  openBeside(link: Link, mailbox: Uint8Array, device: number): Outlet;
  remove(key: string): void;
}
