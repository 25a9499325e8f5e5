import type { Primitives } from '@sotto/protocol/crypto';
import { tokenOf } from '@sotto/protocol/identity';
import {
  type Attach,
  create,
  type Found,
  FoundSchema,
  MAX_FOUND,
  type Present,
  PresenceSchema,
  PresentSchema,
} from '@sotto/protocol/wire';
import type { AttachmentListener } from '../delivery/attacher.ts';
import type { Link } from '../links/link.ts';
import type { LinkOwner } from '../links/link-owner.ts';
import { keyOf } from '../text-key.ts';
import { cleanName, freeName, nameKey } from './guest-name.ts';

/** An account that is here, with one link or more. */
export interface Guest {
  readonly account: Uint8Array;
  readonly name: string;
  /** The name it asked for. */
  readonly asked: string;
  /** 12 base32 characters. */
  readonly token: string;
  readonly listed: boolean;
  /** One, or more while a newer one takes over. */
  readonly links: Link[];
}

export type GuestListener = (name: string, joined: boolean) => void;

/** What certainly fits a packet. */
const FOUND_BYTES = 48_000;
const PRESENT_OVERHEAD = 48;

/**
 * Who is here: live nodes and private rooms (NODE-50 to NODE-52). In a room everybody is named, listed and
 * announced to the others; on an open live node only those who chose so are listed.
 */
export class Guests implements AttachmentListener {
  readonly #primitives: Primitives;
  readonly #isRoom: boolean;
  readonly #onGuest: GuestListener;
  readonly #byAccount = new Map<string, Guest>();
  readonly #byToken = new Map<string, Guest>();
  readonly #byName = new Map<string, Guest>();

  constructor(primitives: Primitives, isRoom: boolean, onGuest: GuestListener) {
    this.#primitives = primitives;
    this.#isRoom = isRoom;
    this.#onGuest = onGuest;
  }

  *[Symbol.iterator](): IterableIterator<Guest> {
    yield* this.#byAccount.values();
  }

  /** By name, the same in every spelling that reads alike; or by token, where names are not unique. */
  named(name: string): Guest | undefined {
    return this.#byName.get(nameKey(name)) ?? this.#byToken.get(name.toLowerCase());
  }

  attached(link: Link, { account }: LinkOwner, { name, listed }: Attach): void {
    const key = keyOf(account);
    const known = this.#byAccount.get(key);
    if (known?.asked === name && (this.#isRoom || known.listed === listed)) {
      if (!known.links.includes(link)) known.links.push(link);
      return;
    }
    if (known !== undefined) this.#remove(key, known);
    const guest: Guest = {
      account,
      asked: name,
      name: this.#isRoom ? freeName(name, (taken) => this.#byName.has(taken)) : cleanName(name),
      token: tokenOf(this.#primitives, account),
      listed: listed || this.#isRoom,
      links: [...(known?.links ?? []).filter((other) => other !== link), link],
    };
    this.#byAccount.set(key, guest);
    this.#byToken.set(guest.token, guest);
    if (this.#isRoom) {
      this.#byName.set(nameKey(guest.name), guest);
      this.#tell(guest, true);
    }
  }

  detached(link: Link): void {
    const key = keyOf(link.owner!.account);
    const guest = this.#byAccount.get(key);
    const index = guest?.links.indexOf(link) ?? -1;
    if (guest === undefined || index < 0) return;
    guest.links.splice(index, 1);
    if (guest.links.length > 0) return;
    this.#remove(key, guest);
  }

  /** @param token 12 base32 characters; empty: everybody listed, as many as fit */
  find(token: string): Found {
    const present: Present[] = [];
    let bytes = 0;
    const wanted = token === '' ? this.#byAccount.values() : [this.#byToken.get(token.toLowerCase())];
    for (const guest of wanted) {
      if (guest === undefined || (token === '' && !guest.listed)) continue;
      bytes += PRESENT_OVERHEAD + 3 * guest.name.length;
      if (present.length === MAX_FOUND || bytes > FOUND_BYTES) break;
      present.push(presentOf(guest));
    }
    return create(FoundSchema, { present });
  }

  #remove(key: string, guest: Guest): void {
    this.#byAccount.delete(key);
    this.#byToken.delete(guest.token);
    if (!this.#isRoom) return;
    this.#byName.delete(nameKey(guest.name));
    this.#tell(guest, false);
  }

  /** Everybody here, the one who came included: that is how it learns the name it has. */
  #tell(who: Guest, joined: boolean): void {
    const value = create(PresenceSchema, { who: presentOf(who), joined });
    for (const { links } of this.#byAccount.values()) {
      for (const link of links) link.send(0, { case: 'presence', value });
    }
    this.#onGuest(who.name, joined);
  }
}

const presentOf = ({ account, name }: Guest): Present => create(PresentSchema, { account, name });
