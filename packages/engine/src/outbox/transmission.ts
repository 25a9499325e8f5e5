/** One attempt to hand one envelope to the recipient's homes, over anonymous links. */
import { envelopeId } from '@sotto/protocol/mailbox';
import type { Clock, Primitives } from '../ports.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { SealedRow } from './outbox-rows.ts';
import type { Route } from '../contacts/route.ts';
import type { RecipientNodes } from '../ring/recipient-nodes.ts';
import { SendRound } from './send-round.ts';
import type { RoundResult } from './send-round.ts';
import { problemOf } from './sending-problem.ts';
import type { SendingProblem } from './sending-problem.ts';

export type Outcome =
  | Extract<RoundResult, { result: 'stored' }>
  /** Of a live node: the recipient's device has it. */
  | { readonly result: 'delivered' }
  | { readonly result: 'problem'; readonly problem: SendingProblem };

const EMPTY = new Uint8Array(0);

export class Transmission {
  readonly #primitives: Primitives;
  readonly #clock: Clock;
  readonly #nodes: Pick<RecipientNodes, 'of' | 'late' | 'heard' | 'outdated'>;
  #clockDifferenceMs: number | null = null;

  constructor(
    platform: { primitives: Primitives; clock: Clock },
    nodes: Pick<RecipientNodes, 'of' | 'late' | 'heard' | 'outdated'>,
  ) {
    this.#primitives = platform.primitives;
    this.#clock = platform.clock;
    this.#nodes = nodes;
  }

  /** The nodes' clock less ours, from the newest receipt; null: there was none yet. */
  get clockDifferenceMs(): number | null {
    return this.#clockDifferenceMs;
  }

  /** A receipt counts only when it was verified here. @throws what is a fault of ours, see problemOf() */
  async attempt(contact: ContactEntry, route: Route, row: SealedRow): Promise<Outcome> {
    const { capability, requestToken, account: mailbox } = contact;
    const access = capability !== null ? 'capability' : requestToken !== null ? 'token' : 'none';
    const { device, expires, body } = row;
    try {
      const reaching = this.#nodes.of(route, mailbox);
      // In this turn where nobody has to be asked first: envelopes leave in their order, and share packets.
      const reach = reaching instanceof Promise ? await reaching : reaching;
      const round = new SendRound({
        primitives: this.#primitives,
        clock: this.#clock,
        nodes: this.#nodes,
        reach,
        network: route.network,
        id: envelopeId(this.#primitives, { mailbox, device, expires, body }),
        body: {
          case: 'send',
          value: {
            mailbox,
            device,
            expires,
            body,
            capability: capability ?? EMPTY,
            requestToken: access === 'token' ? (requestToken ?? EMPTY) : EMPTY,
            live: false,
          },
        },
        access,
        onReceipt: (at) => (this.#clockDifferenceMs = at - this.#clock.now()),
        onNotHome: () => this.#nodes.outdated(route),
      });
      return await round.run();
    } catch (error) {
      return { result: 'problem', problem: problemOf(error, access) };
    }
  }
}
