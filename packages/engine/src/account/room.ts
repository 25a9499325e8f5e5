/** Who is here, on live nodes and in private rooms. */
import { addressOf, tokenOf } from '@sotto/protocol/identity';
import { create, FindSchema } from '@sotto/protocol/wire';
import type { Announcement, Present, Presence } from '@sotto/protocol/wire';
import { sameBytes } from '@sotto/protocol/crypto';
import type { PresentPeer } from '../api.ts';
import { expectAnswer } from '../connection/index.ts';
import type { EventStream } from '../event-stream.ts';
import type { Home } from './home.ts';
import type { OwnIdentity } from './identity-store.ts';
import type { Primitives } from '../ports.ts';

export class Room {
  readonly #primitives: Primitives;
  readonly #own: OwnIdentity;
  readonly #home: Home;
  readonly #events: EventStream;

  constructor(primitives: Primitives, own: OwnIdentity, home: Home, events: EventStream) {
    this.#primitives = primitives;
    this.#own = own;
    this.#home = home;
    this.#events = events;
  }

  /**
   * @param token empty: everybody listed. A node cannot lie about whose token it is: answers that do not hash to it
   * are dropped.
   * @throws ConnectionError
   */
  async find(token: string): Promise<Present[]> {
    const body = create(FindSchema, { token });
    const found = expectAnswer(await this.#home.request({ case: 'find', value: body }), 'found');
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
