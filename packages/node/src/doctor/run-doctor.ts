import type { Config } from '../config/config.ts';
import { EXIT } from '../server/process-end.ts';
import { examineNode } from './examine-node.ts';
import { type Machine, thisMachine } from './machine.ts';
import type { NodeCheck } from './node-check.ts';

/**
 * `sotto node --doctor`: looks at everything the node needs, and says what to do.
 * @returns the exit status: 1 when something failed, 0 also with warnings
 */
export async function runDoctor(
  config: Config,
  compareClock: string | null,
  write: (text: string) => void,
  machine: Machine = thisMachine,
): Promise<number> {
  const checks = await examineNode(config, machine, compareClock);
  for (const check of checks) write(`${config.json ? JSON.stringify(check) : describe(check)}\n`);
  return checks.some(({ state }) => state === 'failed') ? EXIT.failed : EXIT.ok;
}

function describe({ state, name, found, means, fix }: NodeCheck): string {
  const indent = ' '.repeat(9);
  const todo = fix === undefined ? '' : `\n${indent}To do: ${fix}`;
  return `${state.padEnd(8)} ${name}: ${found}\n${indent}${means}${todo}`;
}
