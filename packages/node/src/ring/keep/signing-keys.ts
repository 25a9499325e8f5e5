import type { Primitives } from '@sotto/protocol/crypto';
import { verifyDeviceList } from '@sotto/protocol/identity';
import type { Access } from '../../store/relay-store.ts';

/** Devices' signing keys out of the lists that this node holds; each list is verified once while it is in memory. */
export class SigningKeys {
  readonly #primitives: Primitives;
  readonly #known = new WeakMap<Access, ReadonlyMap<number, Uint8Array>>();

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  /** null: the list does not name that device. @throws IdentityError when the list does not hold */
  of(account: Uint8Array, access: Access, device: number): Uint8Array | null {
    let keys = this.#known.get(access);
    if (keys === undefined) {
      const { devices } = verifyDeviceList(this.#primitives, access.deviceList, account);
      keys = new Map(devices.map((certificate) => [certificate.device, certificate.signingKey]));
      this.#known.set(access, keys);
    }
    return keys.get(device) ?? null;
  }
}
