import { MAX_RECEIVING_CHAINS } from '@sotto/protocol/ratchet';
import type { MessageHeader } from './message-header.ts';

/**
 * What one receiver must do with a message of one session, by what has happened before: the part of the protocol's
 * memory that is limited. The other limits (skipped keys, jumps) are out of the reach of these conversations.
 */
export class DeliveryRules {
  readonly #keptEpochs: number;
  /** The sender's chains in the order the receiver learned of them. */
  readonly #chains: string[] = [];
  /** Of the receiver's own last message. */
  #sentEpoch = 0;

  /** @param keptEpochs a receiver that sends in epoch e has let go of what was sent before epoch e - keptEpochs + 1 */
  constructor(keptEpochs: number) {
    this.#keptEpochs = keptEpochs;
  }

  sent(header: MessageHeader): void {
    this.#sentEpoch = header.epoch;
  }

  /** Whether a message that comes for the first time must open; if not, it must be refused. */
  opens(header: MessageHeader): boolean {
    const at = this.#chains.indexOf(header.ratchetKey);
    const chainKept = at < 0 || at >= this.#chains.length - MAX_RECEIVING_CHAINS;
    return chainKept && header.epoch > this.#sentEpoch - this.#keptEpochs;
  }

  opened(header: MessageHeader): void {
    if (!this.#chains.includes(header.ratchetKey)) this.#chains.push(header.ratchetKey);
  }
}
