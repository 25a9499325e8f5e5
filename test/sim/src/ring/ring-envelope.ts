/** One message for one mailbox, as everybody in the ring knows it. */
export interface RingEnvelope {
  /** Lower-case hex of `idBytes`: map key everywhere. */
  readonly id: string;
  /** 32 B. */
  readonly idBytes: Uint8Array;
  readonly mailbox: string;
  readonly partition: number;
  readonly expiresMs: number;
}
