/**
 * Contacts in one network tell each other, inside their messages, which view of it they have (RING-79): who is shown a
 * false network notices it, because nobody can change that on the way.
 */
import { sameBytes } from '@sotto/protocol/crypto';
import type { View } from '@sotto/protocol/ring';
import type { Content } from '@sotto/protocol/wire';
import type { NodeRoute } from '../connection/index.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { EventStream } from '../event-stream.ts';
import { say } from '../sentences/say.ts';
import type { Database } from '../store/database.ts';

/** What a content says of the view of its sender. */
export interface ViewMark {
  /** 8 B. */
  readonly hash: Uint8Array;
  readonly epoch: number;
}

/** A disagreement counts when it is there again so many epochs later: news may not have come everywhere before. */
const EPOCHS_APART = 2;
/** Views of earlier epochs than so many ago are not compared: what they were made of may be gone. */
const OLDEST = 6;
const META = 'views-disagree';

/** Contacts who saw something else than we did, and since which epoch. */
interface Disagreements {
  readonly since: readonly { readonly contact: number; readonly epoch: number }[];
  readonly told: boolean;
}

export interface ViewAgreementParts {
  readonly database: Database;
  readonly events: EventStream;
  readonly views: {
    known(network: Uint8Array, bootstrap: NodeRoute): View | null;
    renew(network: Uint8Array, bootstrap: NodeRoute): Promise<View>;
    at(network: Uint8Array, epoch: number): View | null;
  };
  /** Where this account is reached; null: nowhere yet. */
  readonly home: () => NodeRoute | null;
  readonly onFault: (error: unknown) => void;
}

export class ViewAgreement {
  readonly #parts: ViewAgreementParts;
  #renewing: Promise<View> | null = null;
  /** In which epoch somebody was asked because of a content: each may say what it likes. */
  #renewedEpoch = -1;

  constructor(parts: ViewAgreementParts) {
    this.#parts = parts;
  }

  /** For a content to this contact; null: it is in another network, or nobody knows a view. */
  mark(contact: ContactEntry): ViewMark | null {
    const home = this.#sharedHome(contact);
    const view = home === null ? null : this.#parts.views.known(home.network, home);
    return view === null || view.hash.length !== 8 ? null : { hash: view.hash, epoch: view.epoch };
  }

  /** Inside the inbox's transaction. */
  heard(contact: ContactEntry, { viewHash, viewEpoch }: Content): void {
    if (viewHash.length !== 8 || contact.status !== 'accepted') return;
    const mark = { hash: viewHash.slice(), epoch: Number(viewEpoch) };
    const home = this.#sharedHome(contact);
    const agrees = home === null ? null : this.#agrees(home, mark);
    if (home === null || agrees === null) return;
    if (agrees) this.#agreed(contact.id);
    else this.#parts.database.afterCommit(() => void this.#lookAgain(contact.id, home, mark));
  }

  /** Something may just not have been told to us yet. */
  async #lookAgain(contact: number, home: NodeRoute, mark: ViewMark): Promise<void> {
    try {
      const epoch = this.#parts.views.known(home.network, home)?.epoch ?? -1;
      if (epoch !== this.#renewedEpoch) {
        this.#renewedEpoch = epoch;
        this.#renewing = this.#parts.views.renew(home.network, home).finally(() => (this.#renewing = null));
      }
      await this.#renewing;
      if (this.#agrees(home, mark) !== false) return;
      this.#parts.database.transaction(() => this.#disagreed(contact, mark.epoch));
    } catch (error) {
      this.#parts.onFault(error);
    }
  }

  /** null: it cannot be told. */
  #agrees({ network, ...home }: NodeRoute, { hash, epoch }: ViewMark): boolean | null {
    const now = this.#parts.views.known(network, { network, ...home });
    if (now === null || now.hash.length !== 8 || epoch > now.epoch + 1 || epoch < now.epoch - OLDEST) return null;
    const mine = this.#parts.views.at(network, epoch);
    return mine === null || mine.hash.length !== 8 ? null : sameBytes(mine.hash, hash);
  }

  #sharedHome({ route }: ContactEntry): NodeRoute | null {
    const home = this.#parts.home();
    if (home === null || home.psk !== null) return null;
    return route === null || sameBytes(route.network, home.network) ? home : null;
  }

  #read(): Disagreements {
    return (this.#parts.database.getMeta(META) as Disagreements | null) ?? { since: [], told: false };
  }

  #agreed(contact: number): void {
    const { since, told } = this.#read();
    const left = since.filter((one) => one.contact !== contact);
    if (left.length === since.length) return;
    // With nobody left who sees something else, a later disagreement is news.
    this.#parts.database.setMeta(META, { since: left, told: told && left.length > 0 });
  }

  #disagreed(contact: number, epoch: number): void {
    const { since, told } = this.#read();
    const first = since.find((one) => one.contact === contact);
    if (first === undefined) {
      this.#parts.database.setMeta(META, { since: [...since, { contact, epoch }], told });
    } else if (!told && epoch >= first.epoch + EPOCHS_APART) {
      this.#parts.database.setMeta(META, { since, told: true });
      this.#parts.events.notice('views-disagree', say('notice-views-disagree'));
    }
  }
}
