import type { Socket } from '@sotto/protocol/link';

/** A socket that may spare its user copies and allocations; one that offers neither works as well. */
export interface LinkSocket extends Socket {
  /**
   * Memory for the next message, with room for the socket's own framing around it. send() of exactly this array copies nothing; what was reserved and not sent is
   * forgotten.
   */
  reserve?(length: number): Uint8Array;
  /** Longer messages close the socket 4413 when their header is seen. */
  limitMessages?(bytes: number): void;
  /** Messages given to onMessage belong to the receiver, who may open them in place. Absent: somebody may look again. */
  readonly givesMessages?: true;
}
