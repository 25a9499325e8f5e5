import { DEFAULT_STORE_LIMITS, openStore, type RelayStore, type StoreItem } from '@sotto/node';
import { nodePrimitives } from '@sotto/primitives-node';
import { parseAddress } from '@sotto/protocol/identity';
import type { HistoryEvent } from './history-events.ts';
import { Journal } from './journal.ts';
import { NodeHost } from './node-host.ts';
import { Person } from './person.ts';
import type { RandomSource } from './random-source.ts';
import type { Plan } from './scenarios.ts';
import { StandstillError, VirtualClock } from './virtual-clock.ts';
import { VirtualNetwork } from './virtual-network.ts';
import { Weather } from './weather.ts';

const START_MS = 1_800_000_000_000;
const URL = 'ws://node.example:8080';
const SLICE_MS = 1000;
/** Everything must be there this long after the last fault; far less than the day after which a sender repeats. */
const CALM_MS = 5 * 60_000;
/** Then nothing more may happen. */
const REST_MS = 3 * 60_000;
const BOOT_MS = 30 * 60_000;

export type OnEvent = (atMs: number, event: HistoryEvent) => void;

/** One node, two people and everything between them, from one seed. */
export class World {
  readonly journal: Journal;
  readonly #plan: Plan;
  readonly #random: RandomSource;
  readonly #clock = new VirtualClock(START_MS);
  readonly #durable: RelayStore;
  readonly #node: NodeHost;
  readonly #people: readonly [Person, Person];
  readonly #weather: Weather;

  private constructor(plan: Plan, random: RandomSource, durable: RelayStore, onEvent: OnEvent) {
    const clock = this.#clock;
    const network = new VirtualNetwork(clock, random.fork('network'));
    const journal = new Journal(clock, onEvent);
    const shared = { primitives: nodePrimitives, clock, network, journal };
    const person = (name: string): Person =>
      new Person({ ...shared, name, random: random.fork(name), nodeUrl: URL, skewMs: this.#skewOf(name) });
    this.#plan = plan;
    this.#random = random;
    this.journal = journal;
    this.#durable = durable;
    this.#people = [person('Ann'), person('Bob')];
    this.#node = new NodeHost({
      ...shared,
      random: random.fork('node'),
      url: URL,
      durable,
      limits: plan.limits,
      skewMs: this.#skewOf('node'),
      diskFaults: () => (this.#weather.isCalm ? { minSyncMs: 1, maxSyncMs: 5, fail: 0 } : plan.disk),
      observer: {
        stored: (item, outcome) => {
          if (outcome === 'stored') this.#stored(item);
        },
        taken: (id) => journal.add({ type: 'taken', envelope: journal.nameOf(id) }),
        acknowledged: ({ mailbox, ids }) => {
          for (const id of ids) {
            journal.add({ type: 'acknowledged', envelope: journal.nameOf(id), kept: this.#isKept(mailbox, id) });
          }
        },
      },
    });
    const people = this.#people;
    this.#weather = new Weather({ plan, clock, random: random.fork('weather'), network, node: this.#node, people });
  }

  static async create(plan: Plan, random: RandomSource, onEvent: OnEvent): Promise<World> {
    const limits = { ...DEFAULT_STORE_LIMITS, contactEnvelopes: plan.quota, strangerEnvelopes: plan.quota };
    return new World(plan, random, await openStore('memory', { dataDir: '', limits }), onEvent);
  }

  /** The whole run: people come, write while things go wrong, and get everything when they no longer do. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      if (!(error instanceof StandstillError)) throw error;
      this.journal.add({ type: 'fault', by: 'somebody', text: error.message });
    }
    this.journal.add({ type: 'end' });
  }

  async #run(): Promise<void> {
    const [ann, bob] = this.#people;
    ann.meet(bob, false);
    bob.meet(ann, this.#plan.waits);
    this.#node.start();
    ann.program.start();
    bob.program.start();
    if (this.#plan.early) this.#begin();
    await this.#until(() => ann.invite !== '' && bob.invite !== '', BOOT_MS);
    ann.pump();
    bob.pump();
    if (!this.#plan.early) this.#begin();
    await this.#clock.run(this.#clock.now() + this.#plan.spanMs);
    this.#weather.calm();
    this.journal.add({ type: 'calm' });
    await this.#until(() => ann.isDone && bob.isDone, CALM_MS);
    await this.#clock.run(this.#clock.now() + REST_MS);
    await ann.look();
    await bob.look();
    await this.#tellLeft();
  }

  /** Ends all processes. */
  end(): void {
    for (const person of this.#people) person.program.dispose();
    this.#node.dispose();
  }

  #begin(): void {
    this.#weather.begin();
    this.#weather.plan(this.#clock.now() + this.#plan.spanMs);
    this.#planMessages();
  }

  #planMessages(): void {
    const random = this.#random.fork('messages');
    const [ann, bob] = this.#people;
    const { messages, share, spanMs, burst, waits } = this.#plan;
    for (let sent = 0; sent < messages;) {
      const person = random.chance(share) || (waits && sent === 0) ? ann : bob;
      const count = Math.min(messages - sent, random.between(1, burst));
      const numbers = Array.from({ length: count }, (_, i) => sent + i);
      sent += count;
      this.#clock.after(random.between(0, spanMs), () => {
        for (const number of numbers) person.write(`${number} ${'x'.repeat(random.pick([1, 20, 200, 3000]))}`);
      });
    }
    for (let i = random.between(0, 6); i > 0; i--) {
      const person = random.pick([ann, bob]);
      const action = random.pick([
        () => person.read(),
        () => person.type(random.chance(0.7)),
        () => person.rename(`${person.name} ${random.between(1, 9)}`),
      ]);
      this.#clock.after(random.between(0, spanMs), action);
    }
  }

  async #until(condition: () => boolean, withinMs: number): Promise<void> {
    const endMs = this.#clock.now() + withinMs;
    while (!condition() && this.#clock.now() < endMs) await this.#clock.run(this.#clock.now() + SLICE_MS);
  }

  #stored({ id, mailbox, body }: StoreItem): void {
    const sender = this.#people.find((person) => !person.owns(mailbox)) ?? this.#people[0];
    const row = sender.program.durable.get('SELECT content_id FROM outbox WHERE body = ?', body)?.['content_id'];
    const content = row instanceof Uint8Array ? Buffer.from(row).toString('hex') : null;
    this.journal.add({ type: 'stored', envelope: this.journal.nameOf(id), by: sender.name, content });
  }

  #isKept(mailbox: Uint8Array, id: Uint8Array): boolean {
    const recipient = this.#people.find((person) => person.owns(mailbox));
    return recipient?.program.durable.get('SELECT 1 AS kept FROM seen WHERE id = ?', id) !== undefined;
  }

  async #tellLeft(): Promise<void> {
    for (const person of this.#people) {
      const outbox = Number(person.program.durable.get('SELECT count(*) AS n FROM outbox')?.['n'] ?? 0);
      this.journal.add({ type: 'left', where: `the outbox of ${person.name}`, count: outbox });
      const queued = person.address === '' ? 0 : await this.#durable.waiting(parseAddress(person.address), 1);
      this.journal.add({ type: 'left', where: `the mailbox of ${person.name}`, count: queued });
    }
  }

  #skewOf(name: string): () => number {
    const random = this.#random.fork(`skew of ${name}`);
    const { skewMs, clocksMove } = this.#plan;
    const draw = (): number => (skewMs === 0 ? 0 : random.between(-skewMs, skewMs));
    const fixed = draw();
    return () => (clocksMove ? draw() : fixed);
  }
}
