import { readdir, readFile } from 'node:fs/promises';

/** Ticks of the times in /proc, a second. */
const TICKS = 100;

/** Processor time (µs) and memory (bytes) of a process and all that it started, by the system's own account. */
export async function usageOfTree(pid: number): Promise<{ cpuMicros: number; rss: number }> {
  const pids = await treeOf(pid);
  const each = await Promise.all(pids.map(async (one) => [await cpuMicrosOf(one), await memoryOf(one, pids.length)]));
  const sum = (at: number): number => each.reduce((total, one) => total + (one[at] ?? 0), 0);
  return { cpuMicros: sum(0), rss: sum(1) };
}

/** With the process itself. */
export async function treeOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  const children = lists.flatMap((list) => list.split(' ').filter((text) => text !== '')).map(Number);
  return [pid, ...(await Promise.all(children.map(treeOf))).flat()];
}

async function cpuMicrosOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Its own, user and system, and that of children that have ended.
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0);
  return (ticks / TICKS) * 1e6;
}

/** Of one process what is resident; of several what is theirs, shared pages divided. */
async function memoryOf(pid: number, processes: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const found = (processes === 1 ? /^Rss:\s+(\d+) kB/m : /^Pss:\s+(\d+) kB/m).exec(text);
  return Number(found?.[1] ?? 0) * 1024;
}
