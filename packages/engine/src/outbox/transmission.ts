/** One attempt to hand one envelope to the recipient's node, over an anonymous link. */
import { envelopeId, verifyReceipt } from '@sotto/protocol/mailbox';
import type { Clock, Primitives } from '../ports.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import { toHex } from '../store/hex.ts';
import type { SealedRow } from './outbox-rows.ts';
import type { Route } from '../contacts/route.ts';
import { problemOf, SendingProblem } from './sending-problem.ts';
import type { Links } from './targets.ts';

export type Outcome =
  | { readonly result: 'stored' }
  /** Of a live node: the recipient's device has it. */
  | { readonly result: 'delivered' }
  | { readonly result: 'problem'; readonly problem: SendingProblem };

const EMPTY = new Uint8Array(0);

export class Transmission {
  readonly #primitives: Primitives;
  readonly #clock: Clock;
  readonly #links: Links;
  #clockDifferenceMs: number | null = null;

  constructor(platform: { primitives: Primitives; clock: Clock }, links: Links) {
    this.#primitives = platform.primitives;
    this.#clock = platform.clock;
    this.#links = links;
  }

  /** The nodes' clock less ours, from the newest receipt; null: there was none yet. */
  get clockDifferenceMs(): number | null {
    return this.#clockDifferenceMs;
  }

  /** A receipt counts only when it was verified here. @throws what is a fault of ours, see problemOf() */
  async attempt(contact: ContactEntry, route: Route, row: SealedRow): Promise<Outcome> {
    const { capability, requestToken } = contact;
    const access = capability !== null ? 'capability' : requestToken !== null ? 'token' : 'none';
    const { device, expires, body } = row;
    try {
      const answer = await this.#links.to(route, toHex(contact.account)).request({
        case: 'send',
        value: {
          mailbox: contact.account,
          device,
          expires,
          body,
          capability: capability ?? EMPTY,
          requestToken: access === 'token' ? (requestToken ?? EMPTY) : EMPTY,
          live: false,
        },
      });
      if (answer.case === 'delivered') return { result: 'delivered' };
      if (answer.case !== 'stored') throw new SendingProblem('bad-receipt', 'retry', { uncertain: true });
      const item = answer.value.items[0];
      const { at, leaves, signature } = answer.value;
      const id = envelopeId(this.#primitives, { mailbox: contact.account, device, expires, body });
      const head = { nodeId: route.node, network: route.network, at, leaves, signature };
      if (item === undefined || !verifyReceipt(this.#primitives, { ...head, id, leaf: item.leaf, path: item.path })) {
        throw new SendingProblem('bad-receipt', 'retry', { uncertain: true });
      }
      this.#clockDifferenceMs = at - this.#clock.now();
      return { result: 'stored' };
    } catch (error) {
      return { result: 'problem', problem: problemOf(error, access) };
    }
  }
}
