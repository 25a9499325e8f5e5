import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '@sotto/engine/api';
import { afterAll, describe, expect, it } from 'vitest';
import { checkHistory } from '../../../sim/src/history-checker.ts';
import type { HistoryEvent, ShownRow } from '../../../sim/src/history-events.ts';
import { type NodeProcess, Playground } from '../processes.ts';
import { RpcProcess } from '../rpc-process.ts';
import { seeded } from '../seeded.ts';
import { workersOf } from './worker-places.ts';

const SEED = Number(process.env['SOTTO_KILL_SEED'] ?? 1);
const MESSAGES_EACH = 600;
const KILLS = 8;
/** Sent and not yet arrived: so that a worker dies with work in its hands. */
const AHEAD = 100;
const CALLS = 12;

const random = seeded(SEED);
const seen: HistoryEvent[] = [];
let playground: Playground;
let node: NodeProcess;
afterAll(() => playground.dispose());

/** One end of the stream. */
class Side {
  readonly name: string;
  readonly process: RpcProcess;
  readonly arrived = new Set<string>();
  address = '';
  sent = 0;

  constructor(name: string) {
    this.name = name;
    this.process = new RpcProcess(playground, playground.path(name));
    this.process.on((event) => {
      if (event.type === 'message' || event.type === 'changed') this.#note(event.message);
    });
    this.process.start();
  }

  async meet(other: Side): Promise<void> {
    const { invite } = await other.process.call('whoami', {});
    this.address = (await this.process.call('add', { to: invite, name: other.name })).address;
  }

  async write(other: Side): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < MESSAGES_EACH) {
        const number = (next++).toString(16).padStart(4, '0');
        const id = number.padStart(32, this.name === 'Alice' ? 'a' : 'b');
        while (this.sent - other.arrived.size > AHEAD) await pause(10);
        const text = `${this.name} ${number}`;
        seen.push({ type: 'tried', by: this.name, to: other.name, id, text });
        await this.process.call('send', { to: this.address, id, text });
        this.sent += 1;
      }
    };
    await Promise.all(Array.from({ length: CALLS }, worker));
  }

  #note(message: Message): void {
    const { id, outgoing, state } = message;
    if (outgoing) {
      seen.push({ type: 'state', by: this.name, id, state });
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

describe(`${2 * MESSAGES_EACH} messages while workers are killed (seed ${SEED})`, () => {
  it('OPS-41, OPS-44: what was acknowledged arrives, once, in order', async () => {
    playground = await Playground.create();
    node = await playground.node('node', ['--workers', '3']);
    for (const name of ['Alice', 'Bob']) {
      const profile = ['--profile', playground.path(name)];
      const made = await playground.run(['init', ...profile, '--name', name, '--node', node.url]);
      expect(made.code, made.errors).toBe(0);
    }
    const [alice, bob] = [new Side('Alice'), new Side('Bob')];
    await alice.meet(bob);
    await bob.meet(alice);

    let killed = 0;
    const disasters = async (): Promise<void> => {
      for (let kill = 1; kill <= KILLS; kill++) {
        const due = (kill / (KILLS + 1)) * MESSAGES_EACH * 2;
        while (alice.arrived.size + bob.arrived.size < due) await pause(5);
        await pause(random() * 40);
        const workers = await workersOf(node.child.pid!);
        const victim = workers[Math.floor(random() * workers.length)];
        if (victim === undefined) continue;
        process.kill(victim, 'SIGKILL');
        killed += 1;
      }
    };
    await Promise.all([disasters(), alice.write(bob), bob.write(alice)]);
    seen.push({ type: 'calm' });
    const histories = async () => [await alice.process.history(), await bob.process.history()] as const;
    const waiting = async (): Promise<number> =>
      (await histories()).flat().filter(({ outgoing, state }) => outgoing && state !== 'delivered').length;
    await expect.poll(waiting, { timeout: 120_000, interval: 500 }).toBe(0);

    const [ofAlice, ofBob] = await histories();
    for (const { id, outgoing, state } of [...ofAlice, ...ofBob]) {
      const by = id.startsWith('a') ? 'Alice' : 'Bob';
      if (outgoing) seen.push({ type: 'sent', by, id }, { type: 'state', by, id, state });
    }
    seen.push({ type: 'history', by: 'Alice', from: 'Bob', rows: incomingOf(ofAlice) });
    seen.push({ type: 'history', by: 'Bob', from: 'Alice', rows: incomingOf(ofBob) }, { type: 'end' });
    expect(checkHistory(seen).slice(0, 5)).toEqual([]);
    expect([ofAlice, ofBob].map((history) => history.filter(({ outgoing }) => outgoing).length)).toEqual([
      MESSAGES_EACH,
      MESSAGES_EACH,
    ]);
    expect(killed).toBe(KILLS);
    expect(node.log().match(/"msg":"worker-ended"/g)).toHaveLength(KILLS);
    expect([await alice.process.stop(), await bob.process.stop(), await node.end('SIGTERM')]).toEqual([0, 0, 0]);
  }, 400_000);
});
