import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { openProfile } from '../profile.ts';

const SCRIPT = fileURLToPath(new URL('./testing/profile-process.ts', import.meta.url));
const children = new Set<ChildProcess>();
const directories: string[] = [];
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

interface Line {
  sent?: string;
  received?: string;
  following?: boolean;
  owner?: boolean;
  resumed?: boolean;
}

interface Run {
  readonly child: ChildProcess;
  readonly lines: Line[];
  /** Exit status, and what it said on standard error. */
  readonly end: Promise<{ status: number | null; errors: string }>;
  until(wanted: (line: Line) => boolean): Promise<void>;
}

function start(directory: string, ...args: string[]): Run {
  const child = spawn(process.execPath, [SCRIPT, directory, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const lines: Line[] = [];
  let unfinished = '';
  let errors = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    const parts = (unfinished + data).split('\n');
    unfinished = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Line);
    for (const watcher of watchers) watcher();
  });
  child.stderr.setEncoding('utf8').on('data', (data: string) => (errors += data));
  const end = new Promise<{ status: number | null; errors: string }>((resolve) => {
    child.on('close', (status) => {
      children.delete(child);
      resolve({ status, errors });
    });
  });
  const until = (wanted: (line: Line) => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (lines.some(wanted)) resolve();
      };
      watchers.add(check);
      void end.then(({ errors: said }) => reject(new Error(`ended before: ${said}`)));
      check();
    });
  return { child, lines, end, until };
}

function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-race-'));
  directories.push(directory);
  return directory;
}

function stored(directory: string): string[] {
  const profile = openProfile(directory);
  const rows = profile.platform.store.all('SELECT id FROM message ORDER BY position');
  profile.close();
  return rows.map((row) => String(row['id']));
}

const sentBy = (runs: Run[]): string[] => runs.flatMap((run) => run.lines.flatMap((line) => line.sent ?? []));

describe('one profile, many processes', () => {
  it('RPC-1: 20 processes started at once all succeed, with one engine at a time, and leave nothing behind', async () => {
    const directory = freshDirectory();
    const runs = Array.from({ length: 20 }, (_, i) => start(directory, 'send', `a${i}`, `b${i}`));
    for (const run of runs) expect(await run.end).toEqual({ status: 0, errors: '' });
    const ids = sentBy(runs);
    expect(new Set(ids).size).toBe(40);
    expect(stored(directory).sort()).toEqual(ids.sort());
    expect(readdirSync(directory).filter((name) => /sock|owner\.json|running/.test(name))).toEqual([]);
  });

  it('RPC-7, RPC-9: a follower misses nothing and sees nothing twice beside 8 senders, whoever owns the profile', async () => {
    const directory = freshDirectory();
    const first = start(directory, 'send', 'slow 1000');
    await first.until((line) => line.owner === true);
    const follower = start(directory, 'follow', '8');
    await follower.until((line) => line.following === true);
    await first.until((line) => line.sent !== undefined);
    const runs = Array.from({ length: 8 }, (_, i) => start(directory, 'send', `m${i}`));
    for (const run of [first, ...runs]) expect(await run.end).toEqual({ status: 0, errors: '' });
    expect(await follower.end).toEqual({ status: 0, errors: '' });
    const received = follower.lines.flatMap((line) => line.received ?? []);
    expect([...received].sort()).toEqual(sentBy(runs).sort());
    // Whoever came first, the order is that of the history.
    expect(received).toEqual(stored(directory).slice(1));
  });

  it('RPC-8: when the owner is killed its clients go on: every call succeeds and no message is sent twice', async () => {
    const directory = freshDirectory();
    const owner = start(directory, 'stay');
    await owner.until((line) => line.owner === true);
    const follower = start(directory, 'follow', '8');
    await follower.until((line) => line.following === true);
    const runs = Array.from({ length: 6 }, (_, i) => start(directory, 'send', `slow 500 ${i}`));
    const marker = start(directory, 'send', 'now');
    await marker.until((line) => line.sent !== undefined);
    await follower.until((line) => line.received !== undefined);
    owner.child.kill('SIGKILL');
    expect((await owner.end).status).toBe(null);
    await follower.until((line) => line.resumed === true);
    const last = start(directory, 'send', 'after');
    for (const run of [...runs, marker, last]) expect(await run.end).toEqual({ status: 0, errors: '' });
    expect(await follower.end).toEqual({ status: 0, errors: '' });
    const ids = sentBy([...runs, marker, last]);
    expect(ids).toHaveLength(8);
    expect(stored(directory).sort()).toEqual(ids.sort());
    expect(follower.lines.flatMap((line) => line.received ?? []).sort()).toEqual(ids.sort());
  });
});
