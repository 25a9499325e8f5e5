import type { Clock } from '@sotto/protocol/link';
import type { AccessSource } from '../../relay/access-cache.ts';
import type { Access, RelayStore } from '../../store/relay-store.ts';
import { PeerError } from '../peer-error.ts';
import type { AccountDesk } from './account-desk.ts';
import type { VerifiedRecord } from './account-records.ts';
import type { HomeFinder, Place } from './home-finder.ts';

export interface RingAccessParts {
  readonly clock: Clock;
  readonly store: Pick<RelayStore, 'access' | 'saveAccount'>;
  readonly homes: HomeFinder;
  readonly accounts: AccountDesk;
  /** What was said of that account may have changed. */
  readonly onStale: (mailbox: Uint8Array) => void;
}

/** What other homes say is believed so long by who is none. */
const FETCHED_MS = 60_000;
/** Nobody knows the account: it may just be on its way. */
const UNKNOWN_MS = 10_000;

/**
 * Who may write to an account: from the own store, or from the account's homes. A home that does not know the account,
 * because it only just became one, takes it over from the others (RING-27).
 */
export class RingAccess implements AccessSource {
  readonly #parts: RingAccessParts;

  constructor(parts: RingAccessParts) {
    this.#parts = parts;
  }

  async access(mailbox: Uint8Array): Promise<Access | null> {
    const { store, homes } = this.#parts;
    const held = await store.access(mailbox);
    if (homes.alone) return held;
    const place = homes.of(mailbox);
    if (place.isHome && held !== null) return held;
    return this.#fetch(mailbox, place, held);
  }

  async #fetch(mailbox: Uint8Array, place: Place, held: Access | null): Promise<Access | null> {
    const { store, accounts } = this.#parts;
    const { others, homes } = place;
    const { records, unknown } = await accounts.fetch(mailbox, others);
    if (records.length === 0) {
      const agreed = unknown + (place.isHome ? 1 : 0) >= homes.w;
      if (held === null && !agreed) throw new PeerError('down');
      this.#forgetAfter(mailbox, UNKNOWN_MS);
      return held;
    }
    // One home alone, or those that are quick, may tell what was true long ago: it is asked again soon.
    const isEnough = records.length + unknown >= Math.min(homes.w, others.length);
    if (!place.isHome || !isEnough) {
      this.#forgetAfter(mailbox, FETCHED_MS);
      return newestOf(records);
    }
    for (const { record, access } of records) await store.saveAccount(record, access);
    return store.access(mailbox);
  }

  #forgetAfter(mailbox: Uint8Array, ms: number): void {
    this.#parts.clock.after(ms, () => this.#parts.onStale(mailbox));
  }
}

function newestOf(records: readonly VerifiedRecord[]): Access {
  const { deviceList } = records
    .map(({ record }) => record)
    .reduce((a, b) => (b.deviceList.revision > a.deviceList.revision ? b : a));
  const latest = records.reduce((a, b) => ((b.record.access?.at ?? 0) > (a.record.access?.at ?? 0) ? b : a));
  return {
    deviceList: deviceList.encoded,
    deviceListRevision: deviceList.revision,
    devices: deviceList.devices,
    capabilityHash: latest.access?.capabilityHash ?? null,
    previousHash: latest.access?.previousHash ?? null,
    previousUntil: latest.access?.previousUntil ?? 0,
  };
}
