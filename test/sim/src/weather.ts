import type { NodeHost } from './node-host.ts';
import type { Person } from './person.ts';
import type { RandomSource } from './random-source.ts';
import type { Plan } from './scenarios.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { PERFECT, type VirtualNetwork } from './virtual-network.ts';

export interface WeatherParts {
  readonly plan: Plan;
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  readonly network: VirtualNetwork;
  readonly node: NodeHost;
  readonly people: readonly [Person, Person];
}

const NODE_AWAY_MS = 60_000;
const ISOLATED_MS = 90_000;
const FULL_MS = 120_000;
const SHORTEST_MS = 20;

/** Everything that goes wrong at planned times. */
export class Weather {
  readonly #parts: WeatherParts;
  #calm = false;

  constructor(parts: WeatherParts) {
    this.#parts = parts;
    for (const person of parts.people) {
      // Whatever ended a program, somebody starts it again.
      person.onEnd = () => this.#later(this.#away(parts.plan.awayMs), () => person.start());
    }
  }

  /** Bad lines and slow disks begin. */
  begin(): void {
    this.#parts.network.faults = this.#parts.plan.network;
  }

  /** Sets down what happens until `untilMs`. */
  plan(untilMs: number): void {
    const { plan, random, network, node, people } = this.#parts;
    const repeat = (count: number, action: () => void): void => {
      for (let i = 0; i < count; i++) this.#at(random.between(this.#parts.clock.now(), untilMs), action);
    };
    const anybody = (): Person => random.pick(people);
    repeat(plan.cuts, () => network.cut(anybody().name));
    repeat(plan.kills, () => anybody().kill());
    repeat(plan.closes, () => anybody().close());
    repeat(plan.commitKills, () =>
      anybody().killAtCommit(random.between(1, 6), random.pick(['before-commit', 'after-commit'])),
    );
    repeat(plan.nodeKills, () => this.#stop(() => node.kill()));
    repeat(plan.nodeDrains, () => this.#stop(() => node.drain()));
    repeat(plan.isolations, () => {
      const person = anybody();
      network.isolate(person.name);
      this.#later(this.#away(ISOLATED_MS), () => network.join(person.name));
    });
    repeat(plan.nodeDiskFull, () => {
      node.diskIsFull = true;
      this.#later(this.#away(FULL_MS), () => (node.diskIsFull = false));
    });
    repeat(plan.clientDiskFull, () => {
      const person = anybody();
      person.diskIsFull = true;
      this.#later(this.#away(FULL_MS), () => (person.diskIsFull = false));
    });
  }

  /** All is well from now on; whoever is away comes back. */
  calm(): void {
    const { network, node, people } = this.#parts;
    this.#calm = true;
    network.faults = PERFECT;
    node.diskIsFull = false;
    node.start();
    for (const person of people) {
      network.join(person.name);
      person.diskIsFull = false;
      person.spare();
      person.start();
    }
  }

  get isCalm(): boolean {
    return this.#calm;
  }

  #stop(stop: () => void): void {
    stop();
    this.#later(this.#away(NODE_AWAY_MS), () => this.#parts.node.start());
  }

  /** Mostly short, sometimes long. */
  #away(mostMs: number): number {
    return Math.floor(SHORTEST_MS + mostMs * this.#parts.random.next() ** 2);
  }

  #at(atMs: number, action: () => void): void {
    this.#later(atMs - this.#parts.clock.now(), action);
  }

  #later(ms: number, action: () => void): void {
    this.#parts.clock.after(ms, () => {
      if (!this.#calm) action();
    });
  }
}
