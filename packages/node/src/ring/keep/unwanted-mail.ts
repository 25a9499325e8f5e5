import type { Clock } from '@sotto/protocol/link';
import type { AccessCache } from '../../relay/access-cache.ts';
import type { Access, RelayStore } from '../../store/relay-store.ts';
import type { EnvelopeRef } from '../../store/ring-store.ts';
import { keyOf } from '../../text-key.ts';
import { PeerError } from '../peer-error.ts';
import type { RingRuntime } from '../ring-runtime.ts';

export interface UnwantedMailParts {
  readonly clock: Clock;
  readonly ring: RingRuntime;
  /** Asks the homes. */
  readonly access: AccessCache;
  readonly store: Pick<RelayStore, 'access'>;
}

interface Seen {
  readonly firstMs: number;
  lastMs: number;
}

/** New homes may not know the account yet: its device comes and tells them. */
const WAIT_MS = 86_400_000;
/** This node wants to go. */
const LEAVING_MS = 3_600_000;
/** Who was wanted in between begins anew. */
const GAP_MS = 15 * 60_000;
const REMEMBERED = 10_000;

/** Envelopes that the homes do not want, because nobody has their mailbox or their device (RING-32). */
export class UnwantedMail {
  readonly #parts: UnwantedMailParts;
  readonly #seen = new Map<string, Seen>();

  constructor(parts: UnwantedMailParts) {
    this.#parts = parts;
  }

  /**
   * Whether it may be discarded: the account's own newest list does not name the device, or for a day nobody, this node
   * included, has known the account. @throws RelayStoreError
   */
  async isGivenUp({ mailbox, device }: EnvelopeRef): Promise<boolean> {
    const own = await this.#parts.store.access(mailbox);
    const known = await this.#atHomes(mailbox);
    if (known === 'unreached') return false;
    if (known === null) return own === null && this.#isLongUnknown(mailbox);
    return known.deviceListRevision >= (own?.deviceListRevision ?? 0) && !known.devices.includes(device);
  }

  #isLongUnknown(mailbox: Uint8Array): boolean {
    const { clock, ring } = this.#parts;
    const key = keyOf(mailbox);
    const nowMs = clock.now();
    const before = this.#seen.get(key);
    if (before === undefined || nowMs - before.lastMs > GAP_MS) {
      this.#forgetOld(nowMs);
      if (this.#seen.size < REMEMBERED) this.#seen.set(key, { firstMs: nowMs, lastMs: nowMs });
      return false;
    }
    before.lastMs = nowMs;
    return nowMs - before.firstMs >= (ring.own.weight === 0 ? LEAVING_MS : WAIT_MS);
  }

  #forgetOld(nowMs: number): void {
    if (this.#seen.size < REMEMBERED) return;
    for (const [key, { lastMs }] of this.#seen) if (nowMs - lastMs > GAP_MS) this.#seen.delete(key);
  }

  #atHomes(mailbox: Uint8Array): Promise<Access | null | 'unreached'> {
    return new Promise((resolve, reject) => {
      this.#parts.access.with(mailbox, resolve, (error) => {
        if (error instanceof PeerError) resolve('unreached');
        else reject(error);
      });
    });
  }
}
