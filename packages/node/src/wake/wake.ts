/**
 * What the edges of one node tell one another. An edge is a NodeCore; several with one identity share one RelayStore,
 * which alone is the truth. Whatever is lost, late or doubled here costs time, never a message: each edge asks the
 * store again by itself (OPS-20). Only what is written nowhere may be lost with it: live envelopes.
 *
 * Nothing here throws or rejects, and bytes handed in are copied before the call returns.
 */
import type { RefusalCode } from '@sotto/protocol/wire';
import type { LiveKeys } from '../live/live-keys.ts';
import type { DeviceRef } from '../store/relay-store.ts';

/** A device and the link by which it is attached. */
export interface Attachment extends DeviceRef {
  /** Of the link; rises with each new one of this edge. */
  readonly serial: number;
}

/** Of which nothing is kept; id and lane are no longer of interest. */
export interface LiveEnvelope {
  /** Seconds since 1970. */
  readonly expires: number;
  readonly body: Uint8Array;
}

/** To a device of a live node, which acknowledges it. */
export interface LiveMessage extends LiveEnvelope {
  /** 32 B: the request token that it uses up; null: none. */
  readonly tokenHash: Uint8Array | null;
}

/** Rates that all edges share. Names appear in keys of the wake's server. */
export type SharedRate = 'fetch' | 'trusted-fetch' | 'one-time';

/** What an edge does when it is told something. Nothing of it may throw. */
export interface Edge {
  /** Everything attached here now: what a wake that was away says anew. */
  attachments(): Iterable<Attachment>;
  /** Another edge stored something for these: what is not attached here is passed over. */
  stored(devices: readonly DeviceRef[]): void;
  /**
   * The device attached at another edge after this. Passed over when its link here has another serial.
   * @param newer false: which of the two was first is not known, and the client may come back
   */
  replaced(attachment: Attachment, newer: boolean): void;
  /** Device list or access of this account changed; null: perhaps of any. */
  accessChanged(mailbox: Uint8Array | null): void;
  /** One-time keys of these devices were given out elsewhere. */
  keysTaken(devices: readonly DeviceRef[]): void;
  /** @returns false when the device is not attached here, or does not keep up */
  live(device: DeviceRef, envelope: LiveEnvelope): boolean;
  /** Live nodes. @returns null when the device acknowledged it, else why not; settles in any case */
  deliver(device: DeviceRef, message: LiveMessage): Promise<RefusalCode | null>;
  /** What others told may have been lost until now. */
  resumed(): void;
}

export interface Wake {
  /** There is no other edge: nothing but join() and close() is ever called. */
  readonly alone: boolean;
  /** Where all edges of a live node keep its keys; null: each its own, or the node has a store. */
  readonly liveKeys: LiveKeys | null;
  /** Once, before everything else. */
  join(edge: Edge): void;
  /** These envelopes are on the disk: whoever has one of the devices attached reads on. Not told to this edge itself. */
  stored(devices: readonly DeviceRef[]): void;
  /**
   * Resolves when other edges find the device here, or when there is no hope to tell them: whoever reads its backlog
   * after that misses nothing that is stored later. An edge that had it attached is told `replaced`.
   */
  attached(attachment: Attachment): Promise<void>;
  /** Without effect when another attachment of the device took its place. */
  detached(attachment: Attachment): void;
  accessChanged(mailbox: Uint8Array): void;
  keysTaken(devices: readonly DeviceRef[]): void;
  /** @returns whether it was passed on to an edge; not whether it arrived */
  live(device: DeviceRef, envelope: LiveEnvelope): Promise<boolean>;
  /** Live nodes. @returns null when the device acknowledged it; else why it may not have come: `NOT_ATTACHED`, `NOT_DELIVERED`, `BUSY`, `TOKEN_USED` */
  deliver(device: DeviceRef, message: LiveMessage): Promise<RefusalCode | null>;
  /**
   * Takes one from the bucket of all edges together.
   * @returns false when it was empty; true also when nobody can tell, for each edge has limits of its own
   */
  within(rate: SharedRate, mailbox: Uint8Array, burst: number, perSecond: number): Promise<boolean>;
  /**
   * Remembers that a signature of the device with this nonce was taken.
   * @param nonce at most 64 ASCII characters
   * @returns false when another edge took it within `lifeSeconds`; true also when nobody can tell, for each edge
   * remembers its own
   */
  takeNonce(device: DeviceRef, nonce: string, lifeSeconds: number): Promise<boolean>;
  /** Says that nobody is attached here any more, and ends. */
  close(): Promise<void>;
}
