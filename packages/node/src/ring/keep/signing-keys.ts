import type { Primitives } from '@sotto/protocol/crypto';
import { type VerifiedCertificate, verifyDeviceList } from '@sotto/protocol/identity';
import type { Access } from '../../store/relay-store.ts';

/** Devices' signing keys out of the lists that this node holds; each list is verified once while it is in memory. */
export class SigningKeys {
  readonly #primitives: Primitives;
  readonly #known = new WeakMap<Access, ReadonlyMap<number, VerifiedCertificate>>();

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  /** null: the list does not name that device. @throws IdentityError when the list does not hold */
  of(account: Uint8Array, access: Access, device: number): Uint8Array | null {
    return this.certificateOf(account, access, device)?.signingKey ?? null;
  }

  /** The same with all keys of the device. */
  certificateOf(account: Uint8Array, access: Access, device: number): VerifiedCertificate | null {
    let known = this.#known.get(access);
    if (known === undefined) {
      const { devices } = verifyDeviceList(this.#primitives, access.deviceList, account);
      known = new Map(devices.map((certificate) => [certificate.device, certificate]));
      this.#known.set(access, known);
    }
    return known.get(device) ?? null;
  }
}
