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

export class Room {
  readonly #primitives: Primitives;
  readonly #own: OwnIdentity;
  readonly #profile: Profile;
  readonly #links: { to(route: Route): NodeRequests };
  readonly #events: EventStream;

  constructor(
    primitives: Primitives,
    own: OwnIdentity,
    profile: Profile,
    links: { to(route: Route): NodeRequests },
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
    const found = expectAnswer(await this.#links.to(home).request({ case: 'find', value: body }), 'found');
    return found.present.filter(
      ({ account }) => account.length === 32 && (token === '' || tokenOf(this.#primitives, account) === token),
    );
  }

  toApi({ account, name }: Present): PresentPeer {
    return { address: addressOf(account), name, token: tokenOf(this.#primitives, account) };
  }

  presenceChanged(presence: Presence): void {
    const { who, joined } = presence;
    if (who === undefined || who.account.length !== 32 || sameBytes(who.account, this.#own.account.publicKey)) return;
    this.#events.emit(() => ({ type: 'presence', peer: this.toApi(who), joined }));
  }

  announced({ text, sentAt, personal }: Announcement): void {
    this.#events.emit(() => ({ type: 'announcement', text, sentAt: Number(sentAt), personal }));
  }
}
