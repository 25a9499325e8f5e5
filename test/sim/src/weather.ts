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
    // Whatever ended a program, somebody starts it again.
    for (const person of parts.people) person.program.onEnd = () => this.#restart(person.program, parts.plan.awayMs);
    parts.node.onEnd = () => this.#restart(parts.node, NODE_AWAY_MS);
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
    repeat(plan.kills, () => anybody().program.kill());
    repeat(plan.closes, () => anybody().program.close());
    repeat(plan.commitKills, () =>
      anybody().program.killAtCommit(random.between(1, 6), random.pick(['before-commit', 'after-commit'])),
    );
    repeat(plan.nodeKills, () => node.kill());
    repeat(plan.nodeDrains, () => node.drain());
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
      const { program } = anybody();
      program.diskIsFull = true;
      this.#later(this.#away(FULL_MS), () => (program.diskIsFull = false));
    });
  }

  /** All is well from now on; whoever is away comes back. */
  calm(): void {
    const { network, node, people } = this.#parts;
    this.#calm = true;
    network.faults = PERFECT;
    node.diskIsFull = false;
    node.start();
    for (const { name, program } of people) {
      network.join(name);
      program.diskIsFull = false;
      program.spare();
      program.start();
    }
  }

  get isCalm(): boolean {
    return this.#calm;
  }

  #restart(program: { start(): void }, awayMs: number): void {
    if (this.#calm) program.start();
    else this.#later(this.#away(awayMs), () => program.start());
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
