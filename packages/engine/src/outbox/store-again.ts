/**
 * What was stored and not confirmed is stored again when the recipient's homes are others than before (RING-78): the old
 * ones hand it over, but whoever still has the message makes sure.
 */
import { between } from '../backoff.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { Profile } from '../account/profile.ts';
import type { Random } from '../ports.ts';
import type { RecipientNodes } from '../ring/recipient-nodes.ts';
import type { RingViews } from '../ring/ring-views.ts';
import type { Database } from '../store/database.ts';
import type { Timers } from '../timers.ts';
import { routeFor } from './contents.ts';
import { homesName } from './send-round.ts';
import { StoredRows } from './stored-rows.ts';

/** About once an epoch. */
const CHECK_MS = [540_000, 660_000] as const;
/** After a change, not all at once. */
const SOON_MS = [1000, 20_000] as const;

export interface StoreAgainParts {
  readonly timers: Timers;
  readonly random: Random;
  readonly database: Database;
  readonly contacts: Contacts;
  readonly profile: Profile;
  readonly nodes: Pick<RecipientNodes, 'of'>;
  readonly views: Pick<RingViews, 'onChange'>;
  /** Something is due for this contact. */
  readonly onDue: (contact: number) => void;
  readonly onFault: (error: unknown) => void;
}

export class StoreAgain {
  readonly #parts: StoreAgainParts;
  readonly #rows: StoredRows;
  #cancel: () => void = () => undefined;
  #isSoon = false;
  #started = false;

  constructor(parts: StoreAgainParts) {
    this.#parts = parts;
    this.#rows = new StoredRows(parts.database);
  }

  /** May be called again. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#schedule();
    this.#parts.views.onChange(() => this.#soon());
  }

  #soon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#cancel();
    this.#schedule(SOON_MS);
  }

  #schedule(range: readonly [number, number] = CHECK_MS): void {
    const { timers, random, onFault } = this.#parts;
    this.#cancel = timers.after(between(random, ...range), () => {
      this.#isSoon = false;
      this.#schedule();
      this.#check().catch(onFault);
    });
  }

  async #check(): Promise<void> {
    const { database, contacts, profile, nodes, timers, onDue } = this.#parts;
    for (const id of this.#rows.contacts()) {
      const contact = contacts.byId(id);
      const route = contact === null ? null : routeFor(contact, profile.current);
      if (contact === null || route === null) continue;
      const { view, placed } = await nodes.of(route, contact.account);
      // Nobody told who the homes are just now: that does not make them others.
      if (view.hash.length === 0) continue;
      if (database.transaction(() => this.#rows.storeAmong(id, homesName(placed), timers.now()))) onDue(id);
    }
  }
}
