/** Finding out whom somebody means: address, invite link, contact's name, token. */
import { addressOf, describeAddressOrInvite, IdentityError } from '@sotto/protocol/identity';
import type { Invite } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import { EngineError } from '../api.ts';
import { nameOf } from './contacts.ts';
import type { ContactEntry, Contacts } from './contacts.ts';
import type { Database } from '../store/database.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Profile } from '../account/profile.ts';
import type { Room } from '../account/room.ts';
import { sameRoute } from './route.ts';
import type { Route } from './route.ts';
import { say } from '../sentences/say.ts';
import { ofIdentity } from '../engine-errors.ts';

const TOKEN = /^[a-z2-7]{12}$/;
const MAX_NAME = 64;

export class Recipients {
  readonly #database: Database;
  readonly #own: OwnIdentity;
  readonly #profile: Profile;
  readonly #contacts: Contacts;
  readonly #room: Room;

  constructor(parts: { database: Database; own: OwnIdentity; profile: Profile; contacts: Contacts; room: Room }) {
    this.#database = parts.database;
    this.#own = parts.own;
    this.#profile = parts.profile;
    this.#contacts = parts.contacts;
    this.#room = parts.room;
  }

  /** A contact that is there, by address or by name. @throws EngineError('unknown-contact' | 'bad-input') */
  known(text: string): ContactEntry {
    const wanted = text.trim();
    if (looksLikeAddress(wanted)) {
      const contact = this.#contacts.byAccount(this.#read(wanted).account);
      if (contact === null || contact.role === 'gone') {
        throw new EngineError('unknown-contact', say('contact-address-unknown'));
      }
      return contact;
    }
    const named = this.#byName(wanted);
    if (named === null) throw new EngineError('unknown-contact', say('contact-name-unknown', { name: clip(wanted) }));
    return named;
  }

  /**
   * For sending: the contact, added when an address, invite or token of somebody new was given.
   * @throws EngineError
   */
  async find(text: string): Promise<ContactEntry> {
    const wanted = text.trim();
    if (wanted === '') throw new EngineError('bad-input', say('recipient-missing'));
    if (looksLikeAddress(wanted)) return this.add(wanted, undefined);
    const named = this.#byName(wanted);
    if (named !== null) return named;
    const token = wanted.toLowerCase();
    if (!TOKEN.test(token)) {
      throw new EngineError('unknown-contact', say('contact-name-unknown', { name: clip(wanted) }));
    }
    const known = this.#byToken(token);
    if (known !== null) return known;
    const peer = await this.#peer(token);
    if (sameBytes(peer.account, this.#own.account.publicKey)) throw ownAddress();
    const found = { profileName: clip(peer.name), route: this.#profile.current.home };
    const before = this.#contacts.byAccount(peer.account);
    if (before?.role === 'gone') return this.#contacts.update(before, { ...found, ...BACK });
    return before ?? this.#contacts.add(peer.account, 'accepted', found);
  }

  /** As add(), also by the token of somebody who is here now. @throws EngineError */
  async meet(text: string, name: string | undefined): Promise<ContactEntry> {
    if (!TOKEN.test(text.trim().toLowerCase())) return this.add(text, name);
    const contact = await this.find(text);
    return name === undefined ? contact : this.add(addressOf(contact.account), name);
  }

  /** Adds or renames; accepting a request is the caller's part. @throws EngineError('bad-input') */
  add(text: string, name: string | undefined): ContactEntry {
    const { account, invite } = this.#read(text.trim());
    if (sameBytes(account, this.#own.account.publicKey)) throw ownAddress();
    const petname = name === undefined ? undefined : checkName(name);
    const route = invite === null ? null : this.routeOf(invite);
    const known = this.#contacts.byAccount(account);
    return this.#database.transaction(() => {
      if (known === null) {
        return this.#contacts.add(account, 'accepted', {
          petname: petname ?? '',
          profileName: clip(invite?.name ?? ''),
          route,
          requestToken: invite?.requestToken?.slice() ?? null,
        });
      }
      const isBack = known.role === 'gone';
      const token = known.capability === null ? (invite?.requestToken?.slice() ?? null) : null;
      const changes = {
        ...(petname === undefined || petname === known.petname ? {} : { petname }),
        ...(route === null || sameRoute(route, known.route) ? {} : { route }),
        ...(token === null ? {} : { requestToken: token }),
        ...(isBack ? BACK : {}),
      };
      return Object.keys(changes).length === 0 ? known : this.#contacts.update(known, changes);
    });
  }

  /** Whom an address, invite or token names, without adding anybody. @throws EngineError */
  async look(text: string): Promise<{ account: Uint8Array; name: string; invite: Invite | null }> {
    const wanted = text.trim();
    const token = wanted.toLowerCase();
    if (!TOKEN.test(token)) {
      const { account, invite } = this.#read(wanted);
      return { account, name: clip(invite?.name ?? ''), invite };
    }
    if (token === this.#own.token) return { account: this.#own.account.publicKey, name: '', invite: null };
    const known = this.#byToken(token);
    if (known !== null) return { account: known.account, name: known.profileName, invite: null };
    const { account, name } = await this.#peer(token);
    return { account, name: clip(name), invite: null };
  }

  #byToken(token: string): ContactEntry | null {
    return this.#contacts.all().find((contact) => contact.token === token) ?? null;
  }

  /** Who is here now. */
  async #peer(token: string): Promise<{ account: Uint8Array; name: string }> {
    const [peer] = await this.#room.find(token);
    if (peer === undefined) throw new EngineError('unknown-contact', say('token-not-here'));
    return peer;
  }

  #read(text: string): { account: Uint8Array; invite: Invite | null } {
    if (!looksLikeAddress(text)) {
      throw new EngineError('bad-input', say('recipient-unreadable', { text: clip(text) }));
    }
    try {
      const read = describeAddressOrInvite(text);
      return { account: read.account, invite: read.kind === 'invite' ? read.invite : null };
    } catch (error) {
      if (error instanceof IdentityError) throw ofIdentity(error);
      throw error;
    }
  }

  /**
   * Names given here count before names that people give themselves, and contacts before requests: nobody gets
   * messages by calling himself like somebody else.
   */
  #byName(text: string): ContactEntry | null {
    const wanted = text.toLowerCase();
    const contacts = this.#contacts.all();
    const named = contacts.filter((contact) => nameOf(contact).toLowerCase() === wanted);
    const ranks = [
      named.filter(({ petname, status }) => petname !== '' && status !== 'request'),
      named.filter(({ status }) => status !== 'request'),
      named,
    ];
    const best = ranks.find((rank) => rank.length > 0) ?? [];
    if (best.length > 1) {
      throw new EngineError('bad-input', say('contact-name-ambiguous', { name: clip(text) }));
    }
    return best[0] ?? null;
  }

  /** Where an invite leads. */
  routeOf(invite: Invite): Route {
    const { network, node, urls } = invite.route;
    const { home } = this.#profile.current;
    const ownPsk = home !== null && sameBytes(home.node, node) ? home.psk : null;
    return { network: network.slice(), node: node.slice(), urls: [...urls], psk: invite.psk?.slice() ?? ownPsk };
  }
}

const looksLikeAddress = (text: string): boolean =>
  text.startsWith('did:') || text.includes('#') || text.includes('://') || text.length > 100;

const clip = (text: string): string => Array.from(text).slice(0, MAX_NAME).join('');

/** Who was removed and is added again. */
const BACK = { role: 'person', status: 'accepted' } as const;

const ownAddress = (): EngineError => new EngineError('bad-input', say('own-address'));

/** @throws EngineError('bad-input') */
export function checkName(name: string): string {
  const trimmed = name.trim();
  if (Array.from(trimmed).length > MAX_NAME || trimmed.length > MAX_NAME) {
    throw new EngineError('bad-input', say('name-too-long', { most: MAX_NAME }));
  }
  if (!trimmed.isWellFormed()) throw new EngineError('bad-input', say('name-malformed'));
  return trimmed;
}
