import type { RandomSource } from '../random-source.ts';
import { EPOCH_MS, LEASE_MS } from './ring-plan.ts';
import type { RingNode } from './ring-node.ts';
import type { RingWorld } from './ring-world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** When all has been well for so long, everything must be repaired: the next disk may die. */
const REPAIRED_MS = 12 * MINUTE;
/** So many homes are always left, or come back. */
const FEWEST_HOMES = 3;

/** Brings the faults of a plan, within what the write quorum allows. */
export class RingWeather {
  readonly #world: RingWorld;
  readonly #random: RandomSource;
  readonly #out = new Set<RingNode>();
  #troubles = 0;
  #wellSince: number;
  #cutsLeft: number;

  constructor(world: RingWorld, random: RandomSource) {
    this.#world = world;
    this.#random = random;
    this.#wellSince = world.queue.now();
    this.#cutsLeft = world.plan.cutsAfterStored;
  }

  plan(): void {
    const { plan } = this.#world;
    this.#spread(plan.crashes, () => this.#crash());
    this.#spread(plan.powerCuts, () => this.#cutPower());
    this.#spread(plan.outages, () => this.#outage());
    this.#spread(plan.joins, () => this.#world.join());
    this.#spread(plan.leaves, () => this.#leave());
    this.#spread(plan.diskDeaths, () => this.#killDisk(20));
    this.#spread(plan.fullDisks, () => this.#fill());
    this.#spread(plan.flips, () => this.#flip(20));
    this.#spread(plan.partitions, () => this.#split());
    this.#spread(plan.absences, () => this.#absent());
  }

  /** Somebody was told that something is kept: the worst moment for a node that has not written it. */
  stored(): void {
    if (this.#cutsLeft === 0 || this.#world.calm || !this.#random.chance(0.2)) return;
    this.#cutsLeft--;
    this.#later(this.#random.between(0, 30), () => this.#cutPower(1));
  }

  /** Everything that can come back does. */
  end(): void {
    this.#out.clear();
    for (const node of this.#world.nodes.values()) {
      node.disk.full = false;
      if (!node.removed && !node.up) node.start();
    }
  }

  #spread(count: number, happen: () => void): void {
    const { queue, plan } = this.#world;
    for (let at = 0; at < count; at++) {
      const due = queue.now() + this.#random.next() * plan.spanMs;
      queue.at(due, () => {
        if (!this.#world.calm) happen();
      });
    }
  }

  #later(ms: number, run: () => void): void {
    this.#world.queue.after(ms, () => {
      if (!this.#world.calm) run();
    });
  }

  /** Something is wrong for so long. */
  #trouble(ms: number, over: () => void): void {
    this.#troubles++;
    this.#later(ms, () => {
      this.#troubles--;
      this.#notWell();
      over();
    });
  }

  /** What is damaged now is repaired only some time from now. */
  #notWell(): void {
    this.#wellSince = this.#world.queue.now();
  }

  get #isQuiet(): boolean {
    return this.#troubles === 0 && this.#world.queue.now() - this.#wellSince > REPAIRED_MS;
  }

  #pickUp(): RingNode | undefined {
    const up = [...this.#world.nodes.values()].filter((node) => node.up);
    return up[this.#random.between(0, up.length - 1)];
  }

  #note(text: string): void {
    this.#world.tell({ type: 'note', by: 'weather', text });
  }

  #crash(node = this.#pickUp()): void {
    if (node === undefined || !node.up) return;
    const awayMs = this.#random.pick([SECOND, 20 * SECOND, 3 * MINUTE]) * (0.5 + this.#random.next());
    this.#note(`${node.name} crashes for ${Math.round(awayMs / SECOND)} s`);
    node.crash();
    this.#trouble(awayMs, () => this.#start(node));
  }

  #start(node: RingNode): void {
    if (!node.up && !node.removed && !this.#out.has(node)) node.start();
  }

  /** Several at once: what none of them has synced is lost. */
  #cutPower(part: number = this.#random.pick([0.5, 0.8, 1])): void {
    for (const node of this.#world.nodes.values()) if (node.up && this.#random.chance(part)) this.#crash(node);
  }

  /** Homes that are there or will be before their lease ends. */
  #mayGo(node: RingNode): boolean {
    const left = [...this.#world.nodes.values()].filter(
      (other) => other !== node && other.isHomeMaterial && !this.#out.has(other),
    );
    return left.length >= FEWEST_HOMES;
  }

  #outage(): void {
    const node = this.#pickUp();
    if (node === undefined || !this.#mayGo(node)) return;
    const awayMs = LEASE_MS * (0.7 + 0.8 * this.#random.next());
    this.#note(`${node.name} is out for ${Math.round(awayMs / MINUTE)} min`);
    node.crash();
    this.#out.add(node);
    this.#trouble(awayMs, () => {
      this.#out.delete(node);
      this.#start(node);
    });
  }

  #leave(): void {
    const node = this.#pickUp();
    if (node === undefined || !node.isHomeMaterial || !this.#mayGo(node)) return;
    this.#note(`${node.name} leaves`);
    node.leave();
  }

  #killDisk(tries: number): void {
    const nodes = [...this.#world.nodes.values()].filter((node) => !node.lying && !node.removed);
    const node = nodes[this.#random.between(0, nodes.length - 1)];
    if (node === undefined) return;
    const ids = node.disk.goodIds();
    if (!this.#world.ledger.mayDestroy(ids, this.#world.queue.now(), this.#isQuiet)) {
      if (tries > 0) this.#later(this.#random.between(5, 120) * SECOND, () => this.#killDisk(tries - 1));
      return;
    }
    const forGood = node.isHomeMaterial && this.#mayGo(node) && this.#random.chance(0.4);
    this.#note(`the disk of ${node.name} dies${forGood ? ', and it is removed for good' : ''}`);
    this.#world.ledger.destroyed(ids);
    if (node.up) node.crash();
    node.disk.die();
    this.#world.tell({ type: 'disk-died', node: node.name });
    this.#notWell();
    if (forGood) return node.remove();
    this.#trouble(this.#random.between(1, 300) * SECOND, () => this.#start(node));
  }

  #fill(): void {
    const node = this.#pickUp();
    if (node === undefined) return;
    this.#note(`the disk of ${node.name} is full`);
    node.disk.full = true;
    this.#trouble(this.#random.between(1, 8) * MINUTE, () => void (node.disk.full = false));
  }

  #flip(tries: number): void {
    const node = this.#pickUp();
    const ids = node?.disk.goodIds() ?? [];
    const id = ids[this.#random.between(0, ids.length - 1)];
    if (node === undefined || node.lying) return;
    if (id === undefined || !this.#world.ledger.mayDestroy([id], this.#world.queue.now(), this.#isQuiet)) {
      if (tries > 0) this.#later(this.#random.between(1, 60) * SECOND, () => this.#flip(tries - 1));
      return;
    }
    this.#note(`bits flip in ${id.slice(0, 8)} at ${node.name}`);
    this.#world.ledger.destroyed([id]);
    node.disk.flip(id);
    this.#notWell();
  }

  #split(): void {
    const { plan, nodes, network } = this.#world;
    const names = [...nodes.keys(), ...this.#world.clientNames()];
    const share = this.#random.pick([0.15, 0.35, 0.5]);
    const side = new Set(names.filter(() => this.#random.chance(share)));
    const lasts = this.#random.chance(plan.longPartitions)
      ? LEASE_MS * (0.8 + 0.6 * this.#random.next())
      : this.#random.between(10, 10 * 60) * SECOND;
    this.#note(`a partition of ${side.size} of ${names.length} for ${Math.round(lasts / SECOND)} s`);
    const heal = network.split(side);
    this.#trouble(lasts, heal);
  }

  #absent(): void {
    const { plan } = this.#world;
    const present = [...this.#world.recipients.values()].filter(({ away }) => !away);
    const recipient = present[this.#random.between(0, present.length - 1)];
    if (recipient === undefined) return;
    recipient.leave();
    this.#later(this.#random.next() * Math.max(EPOCH_MS, plan.absenceMs), () => recipient.return());
  }
}
