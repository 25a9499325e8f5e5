import type { Link } from '../links/link.ts';

/** The end of a mailbox at which a device takes its envelopes: with a store, or live. */
export interface Outlet {
  readonly link: Link;
  /** Pushed, and not acknowledged by the client. */
  readonly unacknowledged: number;
  /** Pushing begins: Attached was answered. */
  start(): void;
  /**
   * Has a place in the link's window, to be given back with link.end(ids.length).
   * @param ids envelope ids, 32 B each @param request answered with Done when the envelopes are gone; 0: not
   */
  acknowledge(ids: Uint8Array, request: number): void;
  /** The network took what was written: pushing goes on. */
  resume(): void;
  /** The link is gone, or another one took over. */
  end(): void;
}

/** All attached devices of a node, by deviceKey(). */
export interface Outlets {
  get(key: string): Outlet | undefined;
  /** Takes the place of one that was there. */
  open(link: Link, mailbox: Uint8Array, device: number): Outlet;
  remove(key: string): void;
}
