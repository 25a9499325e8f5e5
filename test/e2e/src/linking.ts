import { createInterface } from 'node:readline';
import type { ChildProcess } from 'node:child_process';
import { end, type Json, type Person } from './processes.ts';

/** `sotto link` on a new profile: a process, and the code that it shows. */
export async function showLinkCode(
  machine: Person,
  node: string,
  name: string,
): Promise<{ child: ChildProcess; code: string; lines: Json[]; ended: Promise<number | null> }> {
  const child = machine.start('link', '--name', name, '--node', node);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const lines: Json[] = [];
  let errors = '';
  child.stderr!.on('data', (data: Buffer) => (errors += data.toString()));
  const code = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const said = JSON.parse(line) as Json;
      lines.push(said);
      if (typeof said['code'] === 'string') resolve(said['code']);
    });
    void ended.then((status) => reject(new Error(`sotto link ended with ${status}: ${errors}`)));
  });
  return { child, code, lines, ended };
}

/** A new profile becomes a device of `owner`'s account, as two people at two screens do it. */
export async function linkDevice(owner: Person, machine: Person, node: string, name: string): Promise<void> {
  const { code, ended } = await showLinkCode(machine, node, name);
  const approving = owner.start('link', '--approve', code, '--yes');
  const status = await ended;
  if (status !== 0) throw new Error(`sotto link ended with ${status}`);
  // It stays until all of the history has left, which the new device has said by now.
  await end(approving, 'SIGTERM');
}
