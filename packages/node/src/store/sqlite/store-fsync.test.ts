import { execFile, spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { makeDataDir } from './harness.contract.ts';

const WRITER = fileURLToPath(new URL('./flush-writer.contract.ts', import.meta.url));

const hasStrace = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;
const mustRun = process.platform === 'linux' && process.env['CI'] === 'true';
if (!hasStrace && !mustRun) {
  console.log('skipped: store-fsync (needs Linux and strace; on Debian: apt-get install strace)');
}

interface SystemCall {
  readonly name: string;
  /** As strace prints them, file names included. */
  readonly given: string;
  readonly phase: 'begin' | 'end';
  readonly result: string;
}

/** The calls in the order in which they began and ended, over all threads. */
function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const begun = new Map<string, SystemCall>();
  for (const line of trace.split('\n')) {
    const [, thread, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (thread === undefined || rest === undefined) continue;
    const whole = /^(\w+)\((.*)\) += (\S+)/.exec(rest);
    const begin = /^(\w+)\((.*) <unfinished \.\.\.>$/.exec(rest);
    const end = /^<\.\.\. (\w+) resumed>.* = (\S+)/.exec(rest);
    if (whole !== null) {
      const [, name, given, result] = whole as unknown as [string, string, string, string];
      calls.push({ name, given, phase: 'begin', result: '' }, { name, given, phase: 'end', result });
    } else if (begin !== null) {
      const call: SystemCall = { name: begin[1]!, given: begin[2]!, phase: 'begin', result: '' };
      begun.set(thread, call);
      calls.push(call);
    } else if (end !== null) {
      calls.push({ ...begun.get(thread)!, phase: 'end', result: end[2]! });
    }
  }
  return calls;
}

const isLog = (call: SystemCall): boolean => call.given.includes('store.db-wal>');
const isFlush = ({ name }: SystemCall): boolean => name === 'fdatasync' || name === 'fsync';

/** For each announcement: whether the log was written since the one before, and flushed after its last write. */
function judge(calls: readonly SystemCall[]): { announced: number; written: boolean; flushed: boolean }[] {
  const verdicts: { announced: number; written: boolean; flushed: boolean }[] = [];
  let writes = 0;
  let flushed = 0;
  let flushing = 0;
  let before = 0;
  for (const call of calls) {
    const announcement = /"kept (\d+)\\n"/.exec(call.given);
    if (call.name.includes('write') && isLog(call) && call.phase === 'begin') writes++;
    // A flush counts for what was written when it began, from when it has returned.
    else if (isFlush(call) && isLog(call) && call.phase === 'begin') flushing = writes;
    else if (isFlush(call) && isLog(call) && call.result === '0') flushed = flushing;
    else if (announcement !== null && call.phase === 'begin') {
      verdicts.push({ announced: Number(announcement[1]), written: writes > before, flushed: flushed === writes });
      before = writes;
    }
  }
  return verdicts;
}

async function traceOf(how: 'store' | 'careless'): Promise<SystemCall[]> {
  const dataDir = await makeDataDir();
  const file = join(dataDir, 'trace');
  const calls = 'trace=fsync,fdatasync,write,pwrite64,writev,pwritev,pwritev2';
  await promisify(execFile)('strace', ['-f', '-y', '-e', calls, '-o', file, process.execPath, WRITER, dataDir, how]);
  const trace = await readFile(file, 'utf8');
  await rm(dataDir, { recursive: true });
  return parseTrace(trace);
}

describe.skipIf(!hasStrace && !mustRun)('flush before promise, seen from the kernel', () => {
  test('STORE-19: the log was flushed before store and acknowledge resolved', async () => {
    const verdicts = judge(await traceOf('store'));
    const wanted = Array.from({ length: 12 }, (_, n) => ({ announced: n, written: true, flushed: true }));
    expect(verdicts).toEqual(wanted);
  });

  test('STORE-19: the check sees a log that is not flushed', async () => {
    const verdicts = judge(await traceOf('careless'));
    expect(verdicts).toHaveLength(12);
    expect(verdicts.filter(({ flushed }) => flushed)).toEqual([]);
  });
});

test('STORE-19: a flush that has not returned, or began before the write, does not count', () => {
  const wal = '20</d/store.db-wal>';
  const trace = (lines: readonly string[]): boolean[] =>
    judge(parseTrace(lines.join('\n'))).map(({ flushed }) => flushed);
  const write = `7 pwrite64(${wal}, "x", 1, 0) = 1`;
  const kept = '6 write(1<pipe:[1]>, "kept 0\\n", 7) = 7';
  expect(trace([write, `7 fdatasync(${wal}) = 0`, kept])).toEqual([true]);
  expect(trace([write, `7 fdatasync(${wal} <unfinished ...>`, kept, '7 <... fdatasync resumed>) = 0'])).toEqual([
    false,
  ]);
  expect(trace([write, `7 fdatasync(${wal} <unfinished ...>`, '7 <... fdatasync resumed>) = 0', kept])).toEqual([true]);
  expect(trace([`7 fdatasync(${wal}) = 0`, write, kept])).toEqual([false]);
  expect(trace([write, `7 fdatasync(${wal}) = -1 EIO (Input/output error)`, kept])).toEqual([false]);
});
