/** Who is here, on live nodes and in private rooms. */
import { addressOf, tokenOf } from '@sotto/protocol/identity';
import { create, FindSchema } from '@sotto/protocol/wire';
import type { Announcement, Present, Presence } from '@sotto/protocol/wire';
import { sameBytes } from '@sotto/protocol/crypto';
import type { PresentPeer } from '../api.ts';
import { ConnectionError, expectAnswer } from '../connection/index.ts';
import type { NodeRequests } from '../connection/index.ts';
import type { EventStream } from '../event-stream.ts';
import type { OwnIdentity } from './identity-store.ts';
import type { Primitives } from '../ports.ts';
import type { Route } from '../contacts/route.ts';
import type { Profile } from './profile.ts';

/** Who looks for whom is not tied to who writes to whom. */
const ROOM = 'room';
/** Names remembered; the oldest go. */
const MAX_NAMES = 500;

export class Room {
  readonly #primitives: Primitives;
  readonly #own: OwnIdentity;
  readonly #profile: Profile;
  readonly #links: { to(route: Route, recipient: string): NodeRequests };
  readonly #events: EventStream;
  /** Names that the node gave to those who are here, by token. */
  readonly #names = new Map<string, string>();
  #ownName: string | null = null;

  constructor(
    primitives: Primitives,
    own: OwnIdentity,
    profile: Profile,
    links: { to(route: Route, recipient: string): NodeRequests },
    events: EventStream,
  ) {
    this.#primitives = primitives;
    this.#own = own;
    this.#profile = profile;
    this.#links = links;
    this.#events = events;
  }

  /**
   * @param token empty: everybody listed. A node cannot lie about whose token it is: answers that do not hash to it
   * are dropped. Asked without a name: the node does not learn who looks for whom.
   * @throws ConnectionError
   */
  async find(token: string): Promise<Present[]> {
    const body = create(FindSchema, { token });
    const { home } = this.#profile.current;
    if (home === null) throw new ConnectionError('offline', 'The node was not reached yet.');
    const found = expectAnswer(await this.#links.to(home, ROOM).request({ case: 'find', value: body }), 'found');
    const present = found.present.filter(
      ({ account }) => account.length === 32 && (token === '' || tokenOf(this.#primitives, account) === token),
    );
    for (const guest of present) this.#remember(guest);
    return present;
  }

  /** By which name the node presents this account to the others; null: not known. */
  nameOf(account: Uint8Array): string | null {
    return this.#names.get(tokenOf(this.#primitives, account)) ?? null;
  }

  /** Ours, as the room has it: another guest may have had it first. */
  get ownName(): string | null {
    return this.#ownName;
  }

  toApi({ account, name }: Present): PresentPeer {
    return { address: addressOf(account), name, token: tokenOf(this.#primitives, account) };
  }

  presenceChanged(presence: Presence): void {
    const { who, joined } = presence;
    if (who === undefined || who.account.length !== 32) return;
    if (sameBytes(who.account, this.#own.account.publicKey)) {
      if (joined) this.#ownName = who.name;
      return;
    }
    this.#remember(who);
    this.#events.emit(() => ({ type: 'presence', peer: this.toApi(who), joined }));
  }

  #remember({ account, name }: Present): void {
    const token = tokenOf(this.#primitives, account);
    this.#names.delete(token);
    this.#names.set(token, name);
    if (this.#names.size <= MAX_NAMES) return;
    const [oldest] = this.#names.keys();
    if (oldest !== undefined) this.#names.delete(oldest);
  }

  announced({ text, sentAt, personal }: Announcement): void {
    this.#events.emit(() => ({ type: 'announcement', text, sentAt: Number(sentAt), personal }));
  }
}
