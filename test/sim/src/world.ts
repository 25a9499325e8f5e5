import type { SqlRow } from '@sotto/engine';
import { DEFAULT_STORE_LIMITS, openStore, type RelayStore } from '@sotto/node';
import { nodePrimitives } from '@sotto/primitives-node';
import { parseAddress } from '@sotto/protocol/identity';
import type { ProgramParts } from './client-program.ts';
import { planDevices } from './device-plan.ts';
import { Device } from './device.ts';
import { EnvelopeWatch } from './envelope-watch.ts';
import type { HistoryEvent } from './history-events.ts';
import { joiningDevice, restoredDevice } from './joining.ts';
import { Journal } from './journal.ts';
import { NodeHost } from './node-host.ts';
import { Person } from './person.ts';
import type { RandomSource } from './random-source.ts';
import type { Plan } from './scenarios.ts';
import { planTalk } from './talk.ts';
import { StandstillError, VirtualClock } from './virtual-clock.ts';
import { VirtualNetwork } from './virtual-network.ts';
import { Weather } from './weather.ts';

export const START_MS = 1_800_000_000_000;
const URL = 'ws://node.example:8080';
const SLICE_MS = 1000;
/** Between the last fault and one more message of everybody to everybody, and between that and another one. */
const SETTLE_MS = 100_000;
/** When everything is there nothing more may happen. */
const REST_MS = 3 * 60_000;
/**
 * In the outbox. A Hello whose receipt was given before the disk went back, unnoticed, waits for another one in vain:
 * nobody sees it, and nothing is missing.
 */
const HELLO = 3;
const STORED = 2;
const PLANNED = 0;
const DAY_MS = 86_400_000;
const BOOT_MS = 30 * 60_000;

export type OnEvent = (atMs: number, event: HistoryEvent) => void;

/** One node, two people with their devices and everything between them, from one seed. */
export class World {
  readonly journal: Journal;
  readonly #plan: Plan;
  #nights = 0;
  readonly #random: RandomSource;
  readonly #clock = new VirtualClock(START_MS);
  readonly #durable: RelayStore;
  readonly #node: NodeHost;
  readonly #people: readonly Person[];
  readonly #weather: Weather;
  readonly #partsOf: (person: Person, name: string) => Omit<ProgramParts, 'join'>;

  private constructor(plan: Plan, random: RandomSource, durable: RelayStore, onEvent: OnEvent) {
    const clock = this.#clock;
    const network = new VirtualNetwork(clock, random.fork('network'));
    const journal = new Journal(clock, onEvent);
    const shared = { primitives: nodePrimitives, clock, network, journal };
    this.#plan = plan;
    this.#random = random;
    this.journal = journal;
    this.#durable = durable;
    this.#partsOf = (person, name) => ({
      ...shared,
      name,
      profileName: person.name,
      random: random.fork(name),
      nodeUrl: URL,
      skewMs: this.#skewOf(name),
    });
    this.#people = ['Ann', 'Bob'].map((name) => new Person(name));
    for (const person of this.#people) {
      person.others.push(...this.#people.filter((other) => other !== person));
      person.devices.push(new Device(person, { ...this.#partsOf(person, person.name), join: null }));
    }
    const watch = new EnvelopeWatch(journal, this.#people);
    this.#node = new NodeHost({
      ...shared,
      random: random.fork('node'),
      url: URL,
      durable,
      limits: plan.limits,
      skewMs: this.#skewOf('node'),
      diskFaults: () => (this.#weather.isCalm ? { minSyncMs: 1, maxSyncMs: 5, fail: 0 } : plan.disk),
      observer: watch,
    });
    const people = this.#people;
    const parts = { plan, clock, random: random.fork('weather'), network, journal, node: this.#node, people, watch };
    this.#weather = new Weather(parts);
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
    if (this.#plan.waits && ann !== undefined) bob?.waitsFor.add(ann);
    this.#node.start();
    for (const { first } of this.#people) first.program.start();
    if (this.#plan.early) this.#begin();
    await this.#until(() => this.#people.every(({ invite }) => invite !== ''), BOOT_MS);
    for (const { first } of this.#people) first.pump();
    if (!this.#plan.early) this.#begin();
    await this.#clock.run(this.#clock.now() + this.#plan.spanMs);
    for (const days of this.#plan.nights) await this.#night(days);
    this.#weather.calm();
    this.journal.add({ type: 'calm' });
    if (this.#plan.lastWords) await this.#lastWords();
    await this.#until(() => this.#devices.every(({ isDone }) => isDone), this.#plan.calmMs);
    await this.#clock.run(this.#clock.now() + REST_MS);
    for (const device of this.#devices) await device.look();
    await this.#tellLeft();
  }

  /** Ends all processes. */
  end(): void {
    for (const { program } of this.#people.flatMap(({ devices }) => devices)) program.dispose();
    this.#node.dispose();
  }

  /** Those that belong to somebody, or shall. */
  get #devices(): Device[] {
    return this.#people.flatMap(({ current }) => current);
  }

  #begin(): void {
    const { spanMs } = this.#plan;
    this.#weather.begin();
    this.#weather.plan(this.#clock.now() + spanMs);
    planTalk({ plan: this.#plan, random: this.#random.fork('messages'), clock: this.#clock, people: this.#people });
    const weather = this.#weather;
    const nextOf = (person: Person): Omit<ProgramParts, 'join'> =>
      this.#partsOf(person, `${person.name}/${person.devices.length + 1}`);
    const begin = (device: Device): void => {
      weather.watchOver(device);
      device.program.start();
    };
    const link = (person: Person): void => begin(joiningDevice(person, nextOf(person)));
    const restore = (person: Person, backup: Uint8Array): void => begin(restoredDevice(person, backup, nextOf(person)));
    const random = this.#random.fork('devices');
    planDevices({ plan: this.#plan, random, clock: this.#clock, people: this.#people, link, restore, weather });
  }

  /** Everybody is switched off for so long, some for longer; then people write again. */
  async #night(days: number): Promise<void> {
    const random = this.#random.fork(`night ${this.#nights++}`);
    for (const device of this.#devices) device.sleep();
    await this.#clock.run(this.#clock.now() + days * DAY_MS);
    for (const { current } of this.#people) {
      const [first, ...more] = current;
      // Somebody of each comes; the others perhaps only days later.
      const early = random.chance(0.7) ? first : (more[0] ?? first);
      for (const device of current) if (device === early || random.chance(0.5)) device.wakeUp();
    }
    const { spanMs } = this.#plan;
    this.#weather.plan(this.#clock.now() + spanMs);
    planTalk({ plan: this.#plan, random: random.fork('messages'), clock: this.#clock, people: this.#people });
    await this.#clock.run(this.#clock.now() + spanMs);
  }

  /**
   * Whoever misses something sees it when the next message comes. Twice: a device that joined just now is left out as
   * long as its keys are not there.
   */
  async #lastWords(): Promise<void> {
    await this.#until(() => this.#devices.every(({ number }) => number > 0), this.#plan.calmMs);
    for (const words of ['the last but one', 'the last']) {
      await this.#clock.run(this.#clock.now() + SETTLE_MS);
      for (const device of this.#people.flatMap(({ active }) => active)) {
        for (const other of device.person.others) device.write(other, `${words} of ${device.name}`);
      }
    }
  }

  async #until(condition: () => boolean, withinMs: number): Promise<void> {
    const endMs = this.#clock.now() + withinMs;
    while (!condition() && this.#clock.now() < endMs) await this.#clock.run(this.#clock.now() + SLICE_MS);
  }

  async #tellLeft(): Promise<void> {
    for (const device of this.#devices) {
      const { name, number, person, program } = device;
      const access = person.address === '' ? null : await this.#durable.access(parseAddress(person.address));
      const outbox = program.durable
        .all('SELECT contact, kind, stage, device, hex(content_id) AS content FROM outbox')
        .filter(({ kind, stage }) => this.#plan.diskRollbacks === 0 || kind !== HELLO || stage !== STORED)
        .filter((row) => !isForNobody(device, row, access?.devices ?? []));
      for (const row of outbox) this.journal.note(name, `has left to send ${JSON.stringify(row)}`);
      this.journal.add({ type: 'left', where: `the outbox of ${name}`, count: outbox.length });
      const queued = person.address === '' ? 0 : await this.#durable.waiting(parseAddress(person.address), number);
      this.journal.add({ type: 'left', where: `the mailbox of ${name}`, count: queued });
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

/**
 * Planned for a device that was listed, and whose linking was cut off then: it never came up and never will, and what is
 * meant for it alone waits until it expires, or until the person removes it (DEV-4, ENG-52). Device 0: not encrypted for
 * anybody yet, because none of those there are has keys. @param listed the devices that the account's node lists
 */
function isForNobody({ person, program, number }: Device, row: SqlRow, listed: readonly number[]): boolean {
  const { contact, stage, device } = row;
  if (stage !== PLANNED) return false;
  // What is not told to the other person, whose messages are here, is told to the own devices.
  const known = program.durable.all('SELECT DISTINCT contact FROM message').map((message) => message['contact']);
  if (device === 0) {
    const there = person.current.map((other) => other.number);
    const isAlone = there.every((other) => other === number);
    return !known.includes(contact) && isAlone && listed.some((other) => !there.includes(other));
  }
  const recipients = known.includes(contact) ? person.others : [person];
  return recipients.every(({ devices }) => devices.every(({ number }) => number !== device));
}
