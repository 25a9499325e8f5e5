import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '@sotto/engine/api';
import { afterAll, describe, expect, it } from 'vitest';
import { checkHistory } from '../../sim/src/history-checker.ts';
import type { HistoryEvent, ShownRow } from '../../sim/src/history-events.ts';
import { Playground, type NodeProcess } from './processes.ts';
import { RpcProcess, Unanswered } from './rpc-process.ts';
import { seeded } from './seeded.ts';

/** SOTTO_KILL_SEED=7 replays a run's kills as far as real processes can be replayed. */
const SEED = Number(process.env['SOTTO_KILL_SEED'] ?? 1);
const MESSAGES_EACH = 2500;
const KILLS_EACH = 4;
/** Sent and not yet arrived: so the kills hit writing and reading alike. */
const AHEAD = 300;
const CALLS = 24;

const random = seeded(SEED);
/** What was seen from outside, of all lives of all processes. */
const seen: HistoryEvent[] = [];
/** When a sender was told that a message is there. */
const toldAt = new Map<string, number>();
let playground: Playground;
afterAll(() => playground.dispose());

/** One end of the stream: a process that is killed now and then. */
class Side {
  readonly name: string;
  readonly process: RpcProcess;
  address = '';
  /** Sending answered: from then on the message must not get lost. */
  readonly answered = new Set<string>();
  readonly arrived = new Set<string>();
  #up: Promise<void>;

  constructor(name: string) {
    this.name = name;
    this.process = new RpcProcess(playground, playground.path(name));
    this.process.on((event) => {
      if (event.type === 'message' || event.type === 'changed') this.#note(event.message);
    });
    this.process.start();
    this.#up = Promise.resolve();
  }

  async meet(other: Side): Promise<void> {
    const { invite } = await other.process.call('whoami', {});
    const { address } = await this.process.call('add', { to: invite, name: other.name });
    other.address = address;
  }

  /** Sends `count` messages, a few at a time; what a dead process left unanswered is asked again, or not. */
  async write(other: Side, count: number): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) {
        const number = (next++).toString(16);
        while (this.answered.size - other.arrived.size > AHEAD) await pause(20);
        await this.#send(other, number.padStart(32, this.name === 'Alice' ? 'a' : 'b'));
      }
    };
    await Promise.all(Array.from({ length: CALLS }, worker));
  }

  async killed(downMs: number): Promise<void> {
    const up = Promise.withResolvers<void>();
    this.#up = up.promise;
    await this.process.kill();
    seen.push({ type: 'restarted', by: this.name });
    await pause(downMs);
    this.process.start();
    up.resolve();
    // Events of the last moment may not have left the process; the history has them.
    for (const message of await this.process.history()) if (!message.outgoing) this.#note(message);
  }

  async #send(other: Side, id: string): Promise<void> {
    const text = `${this.name} ${id.slice(-4)}`;
    seen.push({ type: 'tried', by: this.name, to: other.name, id, text });
    for (;;) {
      await this.#up;
      try {
        await this.process.call('send', { to: other.address, id, text });
        this.answered.add(id);
        return;
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        // Some are given up: they may have been kept or not, but must not come twice.
        if (random() < 0.3) return;
      }
    }
  }

  #note(message: Message): void {
    const { id, outgoing, state } = message;
    if (outgoing) {
      seen.push({ type: 'state', by: this.name, id, state });
      if (state === 'delivered' && !toldAt.has(id)) toldAt.set(id, Date.now());
    } else {
      this.arrived.add(id);
      seen.push({ type: 'shown', by: this.name, from: this.name === 'Alice' ? 'Bob' : 'Alice', row: rowOf(message) });
    }
  }
}

function rowOf({ id, position, content }: Message): ShownRow {
  if ('text' in content) return { kind: 'text', position, id, text: content.text };
  if ('gap' in content) return { kind: 'gap', position, missing: content.gap };
  return { kind: 'unknown' in content ? 'unknown' : 'undecryptable', position, id };
}

const incomingOf = (history: readonly Message[]): ShownRow[] => history.filter(({ outgoing }) => !outgoing).map(rowOf);

describe(`5,000 messages while node and clients are killed (seed ${SEED})`, () => {
  it('ENG-2, ENG-3, ENG-5, ENG-7, NODE-22: what was acknowledged arrives, once, in order; no state is untrue', async () => {
    playground = await Playground.create();
    let node: NodeProcess = await playground.node('node');
    for (const name of ['Alice', 'Bob']) {
      const profile = ['--profile', playground.path(name)];
      const made = await playground.run(['init', ...profile, '--name', name, '--node', node.url]);
      expect(made.code, made.errors).toBe(0);
    }
    const alice = new Side('Alice');
    const bob = new Side('Bob');
    await alice.meet(bob);
    await bob.meet(alice);

    const kills = [
      () => alice.killed(random() * 200),
      () => bob.killed(random() * 200),
      async () => {
        await node.end('SIGKILL');
        await pause(random() * 300);
        node = await playground.node('node', [], node.port);
      },
    ];
    const disasters = async (): Promise<void> => {
      const moments = Array.from({ length: kills.length * KILLS_EACH }, (_, index) => ({
        after: Math.floor(random() * MESSAGES_EACH * 1.9),
        kill: kills[index % kills.length]!,
      }));
      for (const { after, kill } of moments.toSorted((a, b) => a.after - b.after)) {
        while (alice.arrived.size + bob.arrived.size < after) await pause(5);
        await pause(random() * 40);
        await kill();
      }
    };
    await Promise.all([disasters(), alice.write(bob, MESSAGES_EACH), bob.write(alice, MESSAGES_EACH)]);
    seen.push({ type: 'calm' });
    await untilDelivered(alice, bob);

    const [ofAlice, ofBob] = [await alice.process.history(), await bob.process.history()];
    // In the order in which they were written, which the answers of calls made side by side do not tell.
    // States told in the last moment of a process may not have left it.
    for (const { id, outgoing, state } of [...ofAlice, ...ofBob]) {
      const by = id.startsWith('a') ? 'Alice' : 'Bob';
      if (outgoing) seen.push({ type: 'sent', by, id }, { type: 'state', by, id, state });
    }
    seen.push({ type: 'history', by: 'Alice', from: 'Bob', rows: incomingOf(ofAlice) });
    seen.push({ type: 'history', by: 'Bob', from: 'Alice', rows: incomingOf(ofBob) }, { type: 'end' });
    expect(checkHistory(seen).slice(0, 5)).toEqual([]);

    for (const [side, sent, received] of [
      [alice, ofAlice, ofBob],
      [bob, ofBob, ofAlice],
    ] as const) {
      const kept = new Set(sent.map(({ id }) => id));
      expect([...side.answered].filter((id) => !kept.has(id))).toEqual([]);
      expect(side.answered.size).toBeGreaterThan(MESSAGES_EACH * 0.9);
      // Nobody was told "delivered" before it was so: both clocks are this machine's.
      const tooEarly = received.filter(({ id, receivedAt }) => receivedAt > (toldAt.get(id) ?? Infinity));
      expect(tooEarly).toEqual([]);
    }
    expect([await alice.process.stop(), await bob.process.stop(), await node.end('SIGTERM')]).toEqual([0, 0, 0]);
  }, 400_000);
});

/** @throws when nothing more happens for a while */
async function untilDelivered(alice: Side, bob: Side): Promise<void> {
  let before = '';
  for (let quiet = 0; quiet < 90;) {
    const histories = await Promise.all([alice.process.history(), bob.process.history()]);
    const waiting = histories.flat().filter(({ outgoing, state }) => outgoing && state !== 'delivered');
    if (waiting.length === 0) return;
    const now = JSON.stringify([histories.map(({ length }) => length), waiting.map(({ id, state }) => [id, state])]);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    await pause(500);
  }
  const connections = await Promise.all([alice.process.call('connection', {}), bob.process.call('connection', {})]);
  throw new Error(`not at rest: ${before.slice(0, 500)} ${JSON.stringify(connections)}`);
}
