/**
 * A contact says inside a message that its device list changed: it is looked up soon, not only when we write to them
 * next. Until then a device that was removed would still be heard (ENG-50).
 */
import { between } from '../backoff.ts';
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';
import type { Profile } from '../account/profile.ts';
import type { Random } from '../ports.ts';
import { routeFor } from '../outbox/contents.ts';
import type { Targets } from '../outbox/targets.ts';
import type { Timers } from '../timers.ts';
import type { Contacts } from './contacts.ts';
import type { RemoteDevices } from './remote-devices.ts';

/** Not at once: a question right after a delivery would tell their node to whom it was delivered. */
const SOON_MS = [500, 3000] as const;
/** When the node has no newer list, or does not answer; after that the next message or sending asks. */
const AGAIN_MS = [60_000, 600_000, 3_600_000, 14_400_000];

export interface ListLookupParts {
  readonly timers: Timers;
  readonly random: Random;
  readonly database: Database;
  readonly contacts: Contacts;
  readonly profile: Profile;
  readonly devices: RemoteDevices;
  readonly targets: Targets;
}

export class ListLookups {
  readonly #parts: ListLookupParts;
  readonly #running = new Set<string>();

  constructor(parts: ListLookupParts) {
    this.#parts = parts;
  }

  /** Inside the inbox's transaction. */
  note(account: Uint8Array): void {
    const name = toHex(account);
    if (this.#running.has(name)) return;
    const { database, random } = this.#parts;
    const whose = account.slice();
    database.afterCommit(() => {
      if (this.#running.has(name)) return;
      this.#running.add(name);
      this.#later(between(random, ...SOON_MS), whose, 0);
    });
  }

  #later(ms: number, account: Uint8Array, attempt: number): void {
    this.#parts.timers.after(ms, () => void this.#lookUp(account, attempt));
  }

  async #lookUp(account: Uint8Array, attempt: number): Promise<void> {
    const { contacts, profile, devices, targets } = this.#parts;
    const contact = contacts.byAccount(account);
    const route =
      contact?.status === 'accepted' && devices.isStale(account) ? routeFor(contact, profile.current) : null;
    // What goes wrong was told where it went wrong (a list that contradicts); the question is asked again.
    if (route !== null) await targets.lookUp(account, route).catch(() => undefined);
    const pauseMs = AGAIN_MS[attempt];
    if (route === null || pauseMs === undefined || !devices.isStale(account)) {
      this.#running.delete(toHex(account));
    } else {
      this.#later(pauseMs, account, attempt + 1);
    }
  }
}
