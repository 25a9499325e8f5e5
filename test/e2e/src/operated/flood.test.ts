import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FloodOrder, FloodReport } from '../../../bench/src/flood/flood-process.ts';
import type { GoodOrder, GoodReport } from '../../../bench/src/flood/good-process.ts';
import { WatchedNode } from '../../../bench/src/flood/watched-node.ts';
import { nextMessage } from '../../../bench/src/measure.ts';

const PAIRS = 500;
/** All together, with room to spare on a machine that has more to do. */
const PER_SECOND = 50;
const MB = 1 << 20;
/** The node keeps the newest envelopes in memory, and each of its threads has a heap: what it must not do is grow with the flood. */
const MOST_MB = 1200;

/** Files that one process may have open here. */
const openFiles = process.platform === 'linux' ? Number(execFileSync('/bin/sh', ['-c', 'ulimit -n']).toString()) : 1024;
/** Fewer where the system does not let a process have so many. */
const HALF_OPEN = Math.max(0, Math.min(10_000, openFiles - 3000));
const ABUSERS = Math.min(1000, Math.floor(openFiles / 6));
// oxlint-disable-next-line no-console -- whoever runs the tests is to know what was left out
if (HALF_OPEN < 10_000) console.warn(`ulimit -n is ${openFiles}: the flood has ${HALF_OPEN} connections, not 10,000`);

describe.skipIf(process.platform !== 'linux')('a flood', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-flood-'));
  const children: ChildProcess[] = [];
  let node: WatchedNode;
  let good: ChildProcess;

  const start = (file: string): ChildProcess => {
    const child = fork(fileURLToPath(new URL(`../../../bench/src/flood/${file}`, import.meta.url)));
    children.push(child);
    return child;
  };
  const ask = <T>(child: ChildProcess, message: GoodOrder | FloodOrder | 'report'): Promise<T> => {
    const answer = nextMessage<T>(child);
    child.send(message);
    return answer;
  };
  /** Asks again until it is so; the time limit of the test ends it. */
  const until = async <T>(read: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> => {
    for (;;) {
      const value = await read();
      if (isSo(value)) return value;
      await pause(250);
    }
  };
  const report = (): Promise<GoodReport> => ask(good, { order: 'report' });
  /** A flood while the good clients write at least so much. */
  const flood = async (
    order: Omit<FloodOrder, 'server'>,
    isThere: (seen: FloodReport) => boolean,
  ): Promise<FloodReport> => {
    const child = start('flood-process.ts');
    child.send({ ...order, server: node.ready } satisfies FloodOrder);
    await until(() => ask<FloodReport>(child, 'report'), isThere);
    const { arrived } = await report();
    await until(report, (now) => now.arrived >= arrived + 100);
    const seen = await ask<FloodReport>(child, 'report');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    return seen;
  };

  beforeAll(async () => {
    node = await WatchedNode.start(join(folder, 'node'), 'sqlite');
    good = start('good-process.ts');
    await ask<GoodReport>(good, { order: 'open', server: node.ready, pairs: PAIRS });
    good.send({ order: 'write', perSecond: PER_SECOND } satisfies GoodOrder);
  }, 300_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await node.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('OPS-62, OPS-65: 10,000 connections that never become links, of many addresses and then of one', async () => {
    for (const [addresses, count] of [
      [400, HALF_OPEN],
      [1, HALF_OPEN / 5],
    ] as const) {
      const order = { halfOpen: { count, addresses, againMs: 4000 }, abuse: null };
      // The node has 2,048 places of either kind, one address 128: whoever else came was turned away.
      await flood(order, ({ halfOpen }) => halfOpen.opened >= count && halfOpen.closed >= 0.3 * count);
      const metrics = await node.metrics();
      expect(metrics('sotto_half_open_links')).toBeLessThanOrEqual(addresses === 1 ? 128 : 2048);
      expect(metrics('sotto_connections_refused_total')).toBeGreaterThan(0);
      expect(metrics('sotto_links_closed_total{code="4429"}')).toBeGreaterThan(0);
      expect(metrics('process_resident_memory_bytes')).toBeLessThan(MOST_MB * MB);
    }
    const { lost, refused } = await report();
    expect({ lost, refused }).toEqual({ lost: 0, refused: 0 });
  }, 400_000);

  it('OPS-64, OPS-65: 1,000 links that break or wear out every rule, beside 2,000 half-open ones', async () => {
    const order = {
      halfOpen: { count: HALF_OPEN / 5, addresses: 400, againMs: 8000 },
      abuse: { count: ABUSERS, addresses: 100, againMs: 4000 },
    };
    const closedWith = ({ abuse: { closes } }: FloodReport, kind: keyof typeof closes, code: number): number =>
      closes[kind]?.[code] ?? 0;
    const seen = await flood(
      order,
      (now) =>
        now.abuse.opened >= ABUSERS &&
        closedWith(now, 'oversize', 4413) > 0 &&
        closedWith(now, 'garbage', 4400) > 0 &&
        closedWith(now, 'replay', 4400) > 0,
    );
    // A process that never reads or asks too much is not told what those are told who break the rules.
    expect(closedWith(seen, 'unread', 4400) + closedWith(seen, 'requests', 4400)).toBe(0);
    const metrics = await node.metrics();
    expect(metrics('sotto_refusals_total{code="busy"}')).toBeGreaterThan(1000);
    expect(metrics('process_resident_memory_bytes')).toBeLessThan(MOST_MB * MB);
    expect(metrics('sotto_internal_errors_total')).toBe(0);
    const { lost, refused } = await report();
    expect({ lost, refused }).toEqual({ lost: 0, refused: 0 });
  }, 400_000);

  it('OPS-65: everything that good clients wrote has come, once, over the links that they had from the beginning', async () => {
    await ask<GoodReport>(good, { order: 'stop' });
    const { sent, doubled, lost, refused } = await until(report, (now) => now.arrived === now.sent);
    expect(sent).toBeGreaterThan(300);
    expect({ doubled, lost, refused }).toEqual({ doubled: 0, lost: 0, refused: 0 });
    expect((await node.metrics())('sotto_attached_devices')).toBeGreaterThanOrEqual(PAIRS);
    expect(node.log()).not.toMatch(/"level":"?(error|50)/);
    expect(await node.stop('SIGTERM')).toBe(0);
  }, 400_000);
});
