import type { DeviceRef } from '../../store/relay-store.ts';
import { bytesOf, deviceKey, keyOf } from '../../text-key.ts';

/** Entries of each kind: whoever is missed finds out by itself, later. */
const MOST = 10_000;

/** What could not be told while Redis was away, each thing once. */
export class Untold {
  readonly #stored = new Map<string, DeviceRef>();
  readonly #access = new Set<string>();
  #accessOfAny = false;

  get none(): boolean {
    return this.#stored.size === 0 && this.#access.size === 0 && !this.#accessOfAny;
  }

  stored(devices: readonly DeviceRef[]): void {
    for (const { mailbox, device } of devices) {
      if (this.#stored.size < MOST) this.#stored.set(deviceKey(mailbox, device), { mailbox: mailbox.slice(), device });
    }
  }

  /** @param mailbox null: perhaps of any */
  access(mailbox: Uint8Array | null): void {
    if (mailbox === null || this.#access.size >= MOST) this.#accessOfAny = true;
    else this.#access.add(keyOf(mailbox));
  }

  /** Everything, which is then no longer here. `access` null: of any account. */
  take(): { readonly stored: DeviceRef[]; readonly access: Uint8Array[] | null } {
    const taken = {
      stored: [...this.#stored.values()],
      access: this.#accessOfAny ? null : Array.from(this.#access, bytesOf),
    };
    this.#stored.clear();
    this.#access.clear();
    this.#accessOfAny = false;
    return taken;
  }
}
