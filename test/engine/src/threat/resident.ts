import type { Engine, EngineEvent } from '@sotto/engine';
import type { Person, World } from '../world.ts';
import type { Chance } from './chance.ts';

const SECOND = 1000;

/** Whom one writes to, and how gladly. */
export interface Friend {
  readonly address: string;
  readonly weight: number;
}

/** One visit of a person to the phone. */
export interface Visit {
  readonly fromMs: number;
  readonly lengthMs: number;
  /** Somebody new who is written to: an invite link or an address. */
  readonly stranger: string | null;
}

/** A person who comes, reads, answers, begins conversations and goes, over and over. */
export class Resident {
  readonly person: Person;
  /** What went wrong; nothing should. */
  readonly faults: unknown[] = [];
  /** Times at which something was read: each may cause a receipt. */
  readonly readMs: number[] = [];
  readonly #world: World;
  readonly #chance: Chance;
  readonly #friends: readonly Friend[];
  readonly #writing = new Set<string>();
  readonly #alwaysOn: boolean;
  /** The device runs. */
  #engine: Engine | null = null;
  /** The person looks at it. */
  #present = false;

  /** @param alwaysOn the device stays attached while nobody looks at it */
  constructor(world: World, person: Person, chance: Chance, friends: readonly Friend[], alwaysOn: boolean) {
    this.#alwaysOn = alwaysOn;
    this.#world = world;
    this.person = person;
    this.#chance = chance;
    this.#friends = friends;
  }

  plan(visits: readonly Visit[]): void {
    if (this.#alwaysOn) this.#after(this.#chance.between(0, 60) * SECOND, async () => void (await this.#start()));
    for (const visit of visits) this.#after(visit.fromMs, () => this.#visit(visit));
  }

  async #visit({ lengthMs, stranger }: Visit): Promise<void> {
    if (this.#present) return;
    this.#present = true;
    const engine = this.#engine ?? (await this.#start());
    this.#after(lengthMs, () => this.#leave());
    const reads = this.#chance.between(2, 15) * SECOND;
    this.#after(reads, async () => {
      for (const { address, unread } of await engine.contacts({})) {
        if (unread > 0) this.#notice(address);
      }
    });
    if (stranger !== null) this.#after(this.#chance.between(5, 60) * SECOND, () => this.#write(stranger));
    const begins = this.#chance.is(0.7) ? 1 : 0;
    for (let count = 0; count < begins; count++) {
      const at = this.#chance.between(5, lengthMs / SECOND / 2) * SECOND;
      const friend = this.#pick();
      this.#after(at, () => this.#write(friend));
    }
  }

  /** Who is still writing stays a little longer. */
  async #leave(): Promise<void> {
    if (this.#writing.size > 0) return this.#after(10 * SECOND, () => this.#leave());
    this.#present = false;
    if (this.#alwaysOn) return;
    this.#engine = null;
    await this.person.leave();
  }

  async #start(): Promise<Engine> {
    const engine = await this.person.start();
    this.#engine = engine;
    engine.on((event) => this.#hear(event));
    return engine;
  }

  #hear(event: EngineEvent): void {
    if (event.type !== 'message' || event.message.outgoing || !this.#present) return;
    this.#notice(event.message.conversation);
  }

  /** Something unread is on the screen: it is read, and perhaps answered. */
  #notice(address: string): void {
    const reads = this.#chance.between(1, 20) * SECOND;
    const answers = this.#chance.is(0.6);
    this.#after(reads, async () => {
      const engine = this.#engine;
      if (engine === null || !this.#present) return;
      const contact = (await engine.contacts({})).find((known) => known.address === address);
      if (contact === undefined) return;
      if (contact.status === 'request') await engine.updateContact({ address, status: 'accepted' });
      if (contact.unread > 0) {
        this.readMs.push(this.#world.clock.now());
        await engine.markRead({ conversation: address, upTo: Number.MAX_SAFE_INTEGER });
      }
      if (answers) await this.#write(address);
    });
  }

  async #write(to: string): Promise<void> {
    const engine = this.#engine;
    if (engine === null || !this.#present || this.#writing.has(to)) return;
    this.#writing.add(to);
    const { address } = await engine.add({ to });
    const seconds = this.#chance.between(3, 18);
    for (let at = 0; at < seconds; at += 3) this.#after(at * SECOND, () => this.#type(engine, address));
    const length = Math.floor(10 ** this.#chance.between(0.5, 2.6));
    this.#after(seconds * SECOND, async () => {
      this.#writing.delete(to);
      await engine.send({ to: address, text: 'word '.repeat(length / 5 + 1).slice(0, length) });
    });
  }

  async #type(engine: Engine, to: string): Promise<void> {
    await engine.typing({ to, active: true });
  }

  #pick(): string {
    const total = this.#friends.reduce((sum, { weight }) => sum + weight, 0);
    let point = this.#chance.next() * total;
    for (const { address, weight } of this.#friends) {
      point -= weight;
      if (point < 0) return address;
    }
    return this.#friends.at(-1)!.address;
  }

  #after(ms: number, act: () => Promise<void> | void): void {
    this.#world.clock.after(Math.round(ms), () => {
      Promise.resolve()
        .then(act)
        .catch((error: unknown) => this.faults.push(error));
    });
  }
}
