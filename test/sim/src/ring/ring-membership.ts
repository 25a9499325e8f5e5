import {
  DescriptorSet,
  type GossipEvent,
  gossipState,
  type GossipState,
  type NodeKey,
  stepGossip,
} from '@sotto/protocol/ring';
import type { RingLife } from './ring-life.ts';
import { EPOCH_MS, RENEWAL_MS } from './ring-plan.ts';
import { ringPrimitives } from './ring-primitives.ts';

/** What a node knows of the ring, and what it says about itself. */
export class RingMembership {
  readonly set: DescriptorSet;
  /** Of peers that were heard, since they or this one started. */
  readonly boots = new Map<NodeKey, string>();
  readonly #life: RingLife;
  readonly #gossip: GossipState;

  constructor(life: RingLife) {
    this.#life = life;
    this.set = new DescriptorSet({
      primitives: ringPrimitives,
      network: life.scene.networkId,
      epochSeconds: EPOCH_MS / 1000,
      verified: life.scene.verified,
    });
    this.#gossip = gossipState(life.node.key, this.set);
  }

  begin(): void {
    const { node } = this.#life;
    for (const descriptor of node.saved) this.set.add(descriptor, this.#life.now());
    this.#step({ type: 'start' });
    this.#bootstrap();
    this.#keepLease();
    this.#callLost();
  }

  renew(): void {
    const { node } = this.#life;
    const last = this.set.of(node.key)[0]?.sequence ?? 0;
    const own = node.sign(Math.max(last + 1, this.#life.now()), 2);
    this.#step({ type: 'added', descriptor: own });
  }

  hear(from: NodeKey, boot: string): void {
    if (this.boots.get(from) === boot) return;
    this.boots.set(from, boot);
    this.#step({ type: 'peerUp', from });
    this.#life.custody.onBoot(from, boot);
    this.#life.repair.onPeer(from);
  }

  /** Who sees nobody, or only leases that end, asks at addresses that it remembers: again and again. */
  #bootstrap(): void {
    const { node } = this.#life;
    const isAlone = !this.#life.view().members.some(({ key }) => key !== node.key);
    const others = [...node.met].filter((key) => key !== node.key);
    const key = others[node.random.between(0, others.length - 1)];
    if (isAlone && key !== undefined) {
      this.#life.toPeer(key, (peer) => {
        const descriptors = peer.node.tellView() ?? [];
        this.#life.answer(() => this.#learn(descriptors))(peer);
      });
    }
    this.#life.after(isAlone ? 5000 : 60_000, () => this.#bootstrap());
  }

  /**
   * After a partition that outlasts the lease each side has forgotten the other: only who calls nodes whose lease is
   * over brings them together again.
   */
  #callLost(): void {
    const life = this.#life;
    const { node } = life;
    const held = new Set(this.set.all().map(({ key }) => key));
    for (const key of held) node.met.add(key);
    const lost = [...node.met].filter((key) => !held.has(key));
    const key = lost[node.random.between(0, lost.length - 1)];
    if (key !== undefined) {
      life.toPeer(key, (peer) => {
        peer.membership.#step({ type: 'peerUp', from: node.key });
        life.answer(() => this.#step({ type: 'peerUp', from: key }))(peer);
      });
    }
    life.after(60_000 * (0.5 + node.random.next()), () => this.#callLost());
  }

  /** A node that was away for longer than its lease, or lost its disk, begins a new one. */
  #keepLease(): void {
    const { node } = this.#life;
    const own = this.set.of(node.key)[0];
    const known = this.set.all().some(({ key }) => key !== node.key);
    const due = own === undefined || this.#life.now() >= own.from + RENEWAL_MS;
    if (known && due) this.renew();
    this.#life.after(known ? 60_000 : 5000, () => this.#keepLease());
  }

  #learn(descriptors: readonly Uint8Array[]): void {
    for (const descriptor of descriptors) this.#step({ type: 'added', descriptor });
  }

  #step(event: GossipEvent): void {
    const life = this.#life;
    const { node } = life;
    const random = (below: number): number => node.random.between(0, below - 1);
    for (const effect of stepGossip(this.#gossip, event, life.now(), random).effects) {
      switch (effect.type) {
        case 'send':
          life.toPeer(effect.to, (peer) =>
            peer.membership.#step({ type: 'peer', from: node.key, gossip: effect.gossip }),
          );
          break;
        case 'wake':
          life.at(effect.atMs, () => this.#step({ type: 'tick' }));
          break;
        case 'persist':
          node.saved = this.set.all().map(({ encoded }) => encoded);
          break;
        case 'newView':
          life.onView();
          break;
        case 'expelled':
          life.scene.tell({ type: 'fault', by: node.name, text: `expelled ${life.scene.nameOf(effect.key)}` });
      }
    }
  }
}
