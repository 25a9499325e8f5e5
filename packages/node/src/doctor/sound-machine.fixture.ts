import type { Clock } from '@sotto/protocol/link';
import { parseCommandLine } from '../config/command-line.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import type { Machine } from './machine.ts';
import type { NodeCheck } from './node-check.ts';

export const NOW_MS = 1_790_000_000_000;

const clock: Clock = { now: () => NOW_MS, after: () => () => {} };

/** One on which all is well. */
export const soundMachine: Machine = {
  clock,
  nodeVersion: '26.10.0',
  limits: () =>
    'Limit   Soft Limit  Hard Limit  Units\nMax open files            1048576              1048576              files\n',
  clockIsKept: () => Promise.resolve(true),
  availableMemory: () => 2 ** 33,
  space: () => Promise.resolve({ freeBytes: 2 ** 36, totalBytes: 2 ** 37, type: 0xef53 }),
  flush: () => Promise.resolve(3),
};

/** What is in force with these flags of `sotto node`. */
export function configOf(...argv: string[]): Config {
  const invocation = parseCommandLine(argv, () => {});
  if (invocation.kind === 'done') throw new Error('help was printed');
  return readConfig({ flags: invocation.flags, env: {}, file: invocation.file });
}

export function named(checks: readonly NodeCheck[], name: string): NodeCheck {
  const found = checks.find((check) => check.name === name);
  if (found === undefined) throw new Error(`no check ${name} among ${checks.map((check) => check.name).join(', ')}`);
  return found;
}
