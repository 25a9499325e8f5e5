import { readFile } from 'node:fs/promises';

/** How many files and connections one process may have open: Node raises its own limit as far as it is allowed to. */
export async function openFileLimit(): Promise<number> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const found = /^Max open files\s+\S+\s+(\S+)/m.exec(text)?.[1];
  return found === undefined || found === 'unlimited' ? 10_000 : Number(found);
}
