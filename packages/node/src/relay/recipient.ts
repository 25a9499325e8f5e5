import { type Primitives, sameBytes } from '@sotto/protocol/crypto';
import type { Access } from '../store/relay-store.ts';
import { deviceKey, keyOf } from '../text-key.ts';

/**
 * To whom a link sent last. Most links send many envelopes to one device: its keys need not be made again, and a
 * capability that was proven needs no hash as long as the account's access is the same.
 */
export class Recipient {
  readonly accountKey: string;
  readonly deviceKey: string;
  readonly #mailbox: Uint8Array;
  readonly #device: number;
  #provenAccess: Access | null = null;
  #provenCapability: Uint8Array | null = null;

  constructor(mailbox: Uint8Array, device: number) {
    this.#mailbox = mailbox.slice();
    this.#device = device;
    this.accountKey = keyOf(mailbox);
    this.deviceKey = deviceKey(mailbox, device);
  }

  is(mailbox: Uint8Array, device: number): boolean {
    return device === this.#device && sameBytes(mailbox, this.#mailbox);
  }

  /** Whether this very capability was proven for this very state of the access. */
  isProven(primitives: Primitives, access: Access, capability: Uint8Array): boolean {
    return (
      access === this.#provenAccess &&
      this.#provenCapability !== null &&
      primitives.equal(capability, this.#provenCapability)
    );
  }

  /** Only for a capability that holds until the access changes. */
  proven(access: Access, capability: Uint8Array): void {
    this.#provenAccess = access;
    this.#provenCapability = capability.slice();
  }
}
