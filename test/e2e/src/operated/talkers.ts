import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '@sotto/engine/api';
import { checkHistory, type Violation } from '../../../sim/src/history-checker.ts';
import type { HistoryEvent, ShownRow } from '../../../sim/src/history-events.ts';
import type { Playground } from '../processes.ts';
import { RpcProcess } from '../rpc-process.ts';

const PACE_MS = 150;
const LONGEST_MS = 120_000;
const NAMES = ['Alice', 'Bob'] as const;
type Name = (typeof NAMES)[number];

/** Two people with real clients, who write to each other all the time. */
export class Talkers {
  readonly #people: Record<Name, RpcProcess>;
  readonly #addresses: Record<Name, string>;
  readonly #seen: HistoryEvent[] = [];
  readonly #writing: Promise<void>;
  #stopping = false;

  private constructor(people: Record<Name, RpcProcess>, addresses: Record<Name, string>) {
    this.#people = people;
    this.#addresses = addresses;
    for (const name of NAMES) {
      people[name].on((event) => {
        if (event.type === 'message' || event.type === 'changed') this.#note(name, event.message);
      });
    }
    this.#writing = Promise.all(NAMES.map((name) => this.#write(name))).then(() => undefined);
    // Told by judge(), if it comes to that.
    this.#writing.catch(() => undefined);
  }

  static async start(playground: Playground, url: string): Promise<Talkers> {
    const make = async (name: Name): Promise<RpcProcess> => {
      const made = await playground.run(['init', '--profile', playground.path(name), '--name', name, '--node', url]);
      if (made.code !== 0) throw new Error(made.errors);
      const person = new RpcProcess(playground, playground.path(name));
      person.start();
      return person;
    };
    const [Alice, Bob] = await Promise.all([make('Alice'), make('Bob')]);
    const meet = async (one: RpcProcess, other: RpcProcess): Promise<string> =>
      (await one.call('add', { to: (await other.call('whoami', {})).invite })).address;
    return new Talkers({ Alice, Bob }, { Bob: await meet(Alice, Bob), Alice: await meet(Bob, Alice) });
  }

  /** No more is written; resolves when everything was delivered, and both programs have ended. @returns what is wrong */
  async judge(): Promise<{ violations: Violation[]; messages: number }> {
    this.#stopping = true;
    await this.#writing;
    this.#seen.push({ type: 'calm' });
    const histories = async (): Promise<Message[][]> =>
      await Promise.all(NAMES.map((name) => this.#people[name].history()));
    const undelivered = async (): Promise<number> =>
      (await histories()).flat().filter(({ outgoing, state }) => outgoing && state !== 'delivered').length;
    for (let since = performance.now(), left = await undelivered(); left > 0; left = await undelivered()) {
      if (performance.now() - since > LONGEST_MS) throw new Error(`${left} messages are not delivered`);
      await pause(200);
    }
    let messages = 0;
    const all = await histories();
    for (const [at, by] of NAMES.entries()) {
      for (const { id, outgoing, state } of all[at]!) {
        if (!outgoing) continue;
        this.#seen.push({ type: 'sent', by, id }, { type: 'state', by, id, state });
        messages += 1;
      }
    }
    for (const [at, by] of NAMES.entries()) {
      const rows = all[at]!.filter(({ outgoing }) => !outgoing).map(rowOf);
      this.#seen.push({ type: 'history', by, from: otherOf(by), rows });
    }
    this.#seen.push({ type: 'end' });
    for (const name of NAMES) await this.#people[name].stop();
    return { violations: checkHistory(this.#seen), messages };
  }

  async #write(by: Name): Promise<void> {
    for (let next = 1; !this.#stopping; next++) {
      const id = next.toString(16).padStart(32, by === 'Alice' ? 'a' : 'b');
      const text = `${by} ${next}`;
      this.#seen.push({ type: 'tried', by, to: otherOf(by), id, text });
      await this.#people[by].call('send', { to: this.#addresses[otherOf(by)], id, text });
      await pause(PACE_MS);
    }
  }

  #note(by: Name, message: Message): void {
    const { id, outgoing, state } = message;
    if (outgoing) this.#seen.push({ type: 'state', by, id, state });
    else this.#seen.push({ type: 'shown', by, from: otherOf(by), row: rowOf(message) });
  }
}

const otherOf = (name: Name): Name => (name === 'Alice' ? 'Bob' : 'Alice');

function rowOf({ id, position, content }: Message): ShownRow {
  if ('text' in content) return { kind: 'text', position, id, text: content.text };
  if ('gap' in content) return { kind: 'gap', position, missing: content.gap };
  return { kind: 'unknown' in content ? 'unknown' : 'undecryptable', position, id };
}
