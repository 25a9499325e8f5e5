import type { VerifiedCertificate } from '@sotto/protocol/identity';

/**
 * The device at the other end of a certified link. Copies: the verified certificate's fields are views of handshake
 * messages, and ten thousand idle links would keep all of those in memory.
 */
export class LinkOwner {
  readonly account: Uint8Array;
  readonly device: number;
  /** Encoded; verified already, for the rare case that its other keys are needed. */
  readonly certificate: Uint8Array;

  constructor({ account, device, encoded }: VerifiedCertificate) {
    // One buffer for both: a small array costs five times its bytes.
    const kept = new Uint8Array(account.length + encoded.length);
    kept.set(account);
    kept.set(encoded, account.length);
    this.account = kept.subarray(0, account.length);
    this.device = device;
    this.certificate = kept.subarray(account.length);
  }
}
