import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import envPaths from 'env-paths';
import type { LeaveProgress } from '../../ring/leaving.ts';
import type { RingStatus } from '../../ring/ring-status.ts';
import { askNode, ControlError } from './ask-node.ts';
import { controlAddress } from './control-address.ts';
import { describeProgress, describeStatus } from './describe-ring.ts';

const EXIT = { ok: 0, failed: 1, usage: 64, unavailable: 69 };

interface Ask {
  readonly command: 'status' | 'invite' | 'leave';
  readonly data: string;
  readonly json: boolean;
}

/**
 * `sotto ring status|invite|leave`: asks the node that runs with this data directory.
 * @param argv what follows `sotto ring`
 * @returns the exit status
 */
export async function runRing(argv: readonly string[]): Promise<number> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const complain = (text: string): void => void process.stderr.write(`${text}\n`);
  let ask: Ask | null = null;
  try {
    parse(argv, (found) => {
      ask = found;
    });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (ask === null) return EXIT.usage;
  const { command, data, json } = ask as Ask;
  const address = controlAddress(data);
  if (address === null) {
    complain(
      `sotto ring: the path ${data} is too long for a socket; give the node a data directory nearer to the root.`,
    );
    return EXIT.unavailable;
  }
  try {
    const answer = await askNode(address, command, (progress) => {
      if (json) say(JSON.stringify(progress));
      else complain(describeProgress(progress as LeaveProgress));
    });
    if (command === 'status') say(json ? JSON.stringify(answer) : describeStatus(answer as RingStatus, new Date()));
    if (command === 'invite') say(json ? JSON.stringify({ token: answer }) : String(answer));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    const hint = error.code === 'not-running' ? ` (data directory ${data}; --data names another)` : '';
    complain(`sotto ring: ${error.message}${hint}.`);
    return error.code === 'not-running' ? EXIT.unavailable : EXIT.failed;
  }
}

function parse(argv: readonly string[], found: (ask: Ask) => void): void {
  const data = process.env['SOTTO_DATA'] ?? resolve(envPaths('sotto', { suffix: '' }).data, 'node');
  const program = new Command('sotto ring').description('The ring a running node is part of.').exitOverride();
  const add = (command: Ask['command'], help: string): void => {
    program
      .command(command)
      .description(help)
      .option('--data <dir>', "the node's data directory", data)
      .option('--json', 'as JSON')
      .action((options: { data: string; json?: boolean }) =>
        found({ command, data: resolve(options.data), json: options.json === true }),
      );
  };
  add('status', 'who is in the ring, and what this node keeps');
  add('invite', 'print a join token: it lets one node in, within a week');
  add('leave', 'hand over what the node keeps, then stop it');
  program.parse([...argv], { from: 'user' });
}
