import type { RingEnvelope } from './ring-envelope.ts';
import type { RingLife } from './ring-life.ts';
import type { Acknowledgement, RingRecipient } from './ring-recipient.ts';

/** Hands envelopes out, and takes what their recipients say of them. */
export class RingDelivery {
  readonly #life: RingLife;
  /** By mailbox. */
  readonly #attached = new Map<string, RingRecipient>();

  constructor(life: RingLife) {
    this.#life = life;
  }

  /** Everything that waits; and, attached, everything to come. */
  serve(recipient: RingRecipient, attach: boolean): void {
    const { disk } = this.#life.node;
    const { mailbox, partition } = recipient;
    if (attach) this.#attached.set(mailbox, recipient);
    for (const id of disk.ids(partition)) {
      const envelope = disk.read(partition, id);
      if (envelope?.mailbox === mailbox) this.#deliver(recipient, envelope);
    }
  }

  push(envelope: RingEnvelope): void {
    const recipient = this.#attached.get(envelope.mailbox);
    if (recipient !== undefined) this.#deliver(recipient, envelope);
  }

  /** @param spread signed, for all homes: it is passed on, once */
  acknowledge(acknowledgement: Acknowledgement, spread: boolean): void {
    const { node, scene } = this.#life;
    for (const { id, expiresMs } of acknowledgement.items) {
      node.disk.write({ kind: 'acknowledge', id, untilMs: expiresMs });
      this.#life.custody.gone(acknowledgement.partition, id);
    }
    if (!spread || (node.lying && scene.plan.lies.withholds)) return;
    for (const home of this.#life.view().homes(acknowledgement.partition).homes) {
      if (home !== node.key) this.#life.toPeer(home, (peer) => peer.delivery.acknowledge(acknowledgement, false));
    }
  }

  #deliver(recipient: RingRecipient, envelope: RingEnvelope): void {
    const { node, scene } = this.#life;
    if (envelope.expiresMs <= node.now()) return;
    if (node.lying && scene.plan.lies.withholds && node.random.chance(0.5)) return;
    scene.network.carry(node.key, recipient.name, () => recipient.receive(node.key, envelope));
  }
}
