import type { NodeHost } from './node-host.ts';
import type { Device } from './device.ts';
import type { EnvelopeWatch } from './envelope-watch.ts';
import type { Journal } from './journal.ts';
import type { Person } from './person.ts';
import type { RandomSource } from './random-source.ts';
import type { Plan } from './scenarios.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { loseSessions, rollBackDisk, rollBackSessions } from './state-loss.ts';
import { PERFECT, type VirtualNetwork } from './virtual-network.ts';

export interface WeatherParts {
  readonly plan: Plan;
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  readonly network: VirtualNetwork;
  readonly journal: Journal;
  readonly node: NodeHost;
  readonly people: readonly Person[];
  readonly watch: EnvelopeWatch;
}

const NODE_AWAY_MS = 60_000;
const ISOLATED_MS = 90_000;
const FULL_MS = 120_000;
const SHORTEST_MS = 20;
const SOON_MS = 100;

/** Everything that goes wrong at planned times. */
export class Weather {
  readonly #parts: WeatherParts;
  #calm = false;

  constructor(parts: WeatherParts) {
    this.#parts = parts;
    for (const device of parts.people.flatMap(({ devices }) => devices)) this.watchOver(device);
    parts.node.onEnd = () => this.#restart(parts.node, NODE_AWAY_MS);
  }

  /** Whatever ends this device's program from now on, it is started again. */
  watchOver(device: Device): void {
    device.program.onEnd = () => this.#restart(device.program, this.#parts.plan.awayMs);
    if (this.#calm) device.program.start();
  }

  /** Bad lines and slow disks begin. */
  begin(): void {
    this.#parts.network.faults = this.#parts.plan.network;
  }

  /** Sets down what happens until `untilMs`. */
  plan(untilMs: number): void {
    const { plan, random, network, node } = this.#parts;
    const repeat = (count: number, action: () => void): void => {
      for (let i = 0; i < count; i++) this.#at(random.between(this.#parts.clock.now(), untilMs), action);
    };
    const anybody = (): Device => this.#anybody();
    repeat(plan.cuts, () => network.cut(anybody().name));
    repeat(plan.kills, () => anybody().program.kill());
    repeat(plan.closes, () => anybody().program.close());
    repeat(plan.commitKills, () =>
      anybody().program.killAtCommit(random.between(1, 6), random.pick(['before-commit', 'after-commit'])),
    );
    repeat(plan.nodeKills, () => node.kill());
    repeat(plan.nodeDrains, () => node.drain());
    repeat(plan.isolations, () => {
      const { name } = anybody();
      network.isolate(name);
      this.#later(this.#away(ISOLATED_MS), () => network.join(name));
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
    this.#planLosses(untilMs);
  }

  /** All is well from now on; whoever is away comes back. */
  calm(): void {
    const { network, node, people } = this.#parts;
    this.#calm = true;
    network.faults = PERFECT;
    node.diskIsFull = false;
    node.start();
    for (const device of people.flatMap(({ current }) => current)) {
      network.join(device.name);
      device.program.diskIsFull = false;
      device.program.spare();
      device.wakeUp();
    }
  }

  get isCalm(): boolean {
    return this.#calm;
  }

  #planLosses(untilMs: number): void {
    const { plan, random, clock, journal, watch } = this.#parts;
    const parts = { random, journal, watch };
    const twice = (count: number, first: () => (() => void) | null): void => {
      for (let i = 0; i < count; i++) {
        const [from = 0, to = 0] = [random.next(), random.next()].sort((a, b) => a - b);
        const at = (part: number): number => Math.floor(clock.now() + part * (untilMs - clock.now()));
        this.#at(at(from), () => {
          const then = first();
          if (then !== null) this.#at(at(to), then);
        });
      }
    };
    twice(plan.sessionLosses, () => () => loseSessions(this.#anybody(), parts));
    twice(plan.sessionRollbacks, () => rollBackSessions(this.#anybody(), parts));
    twice(plan.diskRollbacks, () => rollBackDisk(this.#anybody(), parts));
  }

  #anybody(): Device {
    const devices = this.#parts.people.flatMap(({ current }) => current);
    return this.#parts.random.pick(devices as [Device, ...Device[]]);
  }

  #restart(program: { start(): void }, awayMs: number): void {
    if (this.#calm) this.#parts.clock.after(SOON_MS, () => program.start());
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
