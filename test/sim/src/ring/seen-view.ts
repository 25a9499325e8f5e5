import { DescriptorSet, epochAt, type NodeKey, type View } from '@sotto/protocol/ring';
import type { RandomSource } from '../random-source.ts';
import { ringPrimitives } from './ring-primitives.ts';
import { EPOCH_MS } from './ring-plan.ts';
import type { RingScene } from './ring-scene.ts';

const REFRESH_MS = 90_000;

/** The ring as one client sees it, by what nodes it happened to ask told it. */
export class SeenView {
  readonly set: DescriptorSet;
  readonly #scene: RingScene;
  readonly #name: string;
  readonly #random: RandomSource;
  readonly #skewMs: number;
  /** Addresses that are remembered, also of nodes whose lease is over. */
  #asked: readonly NodeKey[];

  constructor(scene: RingScene, name: string, random: RandomSource, skewMs: number, bootstrap: readonly NodeKey[]) {
    this.#scene = scene;
    this.#name = name;
    this.#random = random;
    this.#skewMs = skewMs;
    this.#asked = bootstrap;
    this.set = new DescriptorSet({
      primitives: ringPrimitives,
      network: scene.networkId,
      epochSeconds: EPOCH_MS / 1000,
      verified: scene.verified,
    });
    this.#refresh();
  }

  /** By the client's clock. */
  now(): number {
    return this.#scene.queue.now() + this.#skewMs;
  }

  /** @param ahead epochs */
  view(ahead = 0): View {
    return this.set.view(epochAt(this.now(), EPOCH_MS / 1000) + ahead);
  }

  /** Asks somebody now. */
  ask(): void {
    const known = this.set.all().map(({ key }) => key);
    this.#asked = [...new Set([...this.#asked, ...known])];
    const from = known.length > 0 && this.#random.chance(0.7) ? known : this.#asked;
    this.#askOf(from[this.#random.between(0, from.length - 1)]);
  }

  /** Who remembers only nodes that are gone, or lie, needs an address from elsewhere, as from a new invite. */
  #remind(): void {
    const nodes = [...this.#scene.nodes.values()].filter(({ up, lying }) => up && !lying);
    if (!nodes.some(({ key }) => this.#asked.includes(key))) this.#askOf(nodes[0]?.key);
  }

  #askOf(key: NodeKey | undefined): void {
    const { network, nodes } = this.#scene;
    const node = key === undefined ? undefined : nodes.get(key);
    if (node === undefined) return;
    network.carry(this.#name, node.key, () => {
      const descriptors = node.tellView();
      if (descriptors !== null) network.carry(node.key, this.#name, () => this.#learn(descriptors));
    });
  }

  #learn(descriptors: readonly Uint8Array[]): void {
    for (const descriptor of descriptors) this.set.add(descriptor, this.now());
  }

  #refresh(): void {
    this.set.expire(this.now());
    // Two, so that one who lies is found out.
    this.ask();
    this.ask();
    if (this.#scene.calm) this.#remind();
    const soon = this.view().members.length === 0;
    this.#scene.queue.after(soon ? 5000 : REFRESH_MS * (0.5 + this.#random.next()), () => this.#refresh());
  }
}
