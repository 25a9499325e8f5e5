import { parseCommandLine } from './config/command-line.ts';
import type { Config } from './config/config.ts';
import { readConfig, shown } from './config/read-config.ts';
import { describeError, type Log } from './log.ts';
import { LeaveError } from './ring/leaving.ts';
import { describeProgress } from './server/control/describe-ring.ts';
import { OperatorConsole } from './server/operator-console.ts';
import { isWildcard } from './server/own-urls.ts';
import { pinoLog } from './server/pino-log.ts';
import { explainEnd, EXIT, untilSignal } from './server/process-end.ts';
import { type RunningNode, startNode } from './server/start-node.ts';
import { trimMemory } from './server/trim-memory.ts';

/** A shutdown that hangs is cut here: acknowledged envelopes are on the disk already. */
const SHUTDOWN_MS = 9000;

export { runRing } from './server/control/ring-command.ts';
export { runWorker } from './worker/run-worker.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** What else is installed beside the node. */
export interface Installed {
  /** Where the built web client is, if it was built; null: there is none. */
  readonly web: string | null;
}

/**
 * `sotto node`: runs until SIGTERM or SIGINT.
 * @param argv what follows `sotto node`
 * @returns the exit status
 */
export async function runNode(argv: readonly string[], { web }: Installed = { web: null }): Promise<number> {
  try {
    const invocation = parseCommandLine(argv, (text) => void process.stdout.write(text));
    if (invocation.kind === 'done') return EXIT.ok;
    const config = readConfig({ flags: invocation.flags, env: process.env, file: invocation.file, web });
    if (invocation.kind === 'print-config') {
      process.stdout.write(`${JSON.stringify(config, withoutPasswords, 2)}\n`);
      return EXIT.ok;
    }
    if (invocation.kind === 'doctor') {
      const { runDoctor } = await import('./doctor/run-doctor.ts');
      return await runDoctor(config, invocation.compareClock, (text) => void process.stdout.write(text));
    }
    return await run(config, pinoLog(config.logLevel));
  } catch (error) {
    return explainEnd('sotto node', error);
  }
}

const withoutPasswords = (_: string, value: unknown): unknown =>
  typeof value === 'string' && value.includes('://') ? (JSON.parse(shown(value)) as string) : value;

async function run(config: Config, log: Log): Promise<number> {
  // Keys and database are for this user alone.
  process.umask(0o077);
  process.on('uncaughtException', (error) => {
    log.error('uncaught', describeError(error));
    process.exit(EXIT.failed);
  });
  let console: OperatorConsole | null = null;
  const onGuest = (name: string, joined: boolean): void => {
    if (console !== null) say(`${name} ${joined ? 'joined' : 'left'}.`);
  };
  const node = config.workers === 1 ? await startNode(config, log, onGuest) : await startSeveral(config, log);
  const stop = Promise.race([untilSignal(), node.ring.left]);
  const wantsConsole = config.workers === 1 && (config.console ?? process.stdin.isTTY);
  if (wantsConsole && node.core.announcer !== null) console = new OperatorConsole(node.core, process.stdin, say);
  trimMemory();
  announce(config, node, console !== null);
  if (config.admit === 'anyone' && config.store !== 'none') log.info('admits-anyone');
  log.info('ready', {
    store: config.store.replace(/:.*/s, ''),
    room: config.pskFile !== null,
    tls: config.tlsCert !== null,
  });

  if (config.leave) void leave(node);
  await stop;
  log.info('draining', { links: node.metrics.linksOpen });
  const cut = setTimeout(() => {
    log.warn('cut', {});
    process.exit(EXIT.ok);
  }, SHUTDOWN_MS);
  console?.close();
  await node.close();
  clearTimeout(cut);
  log.info('stopped', {});
  return EXIT.ok;
}

/** Loaded when it is wanted: most nodes are one process. */
async function startSeveral(config: Config, log: Log): Promise<RunningNode> {
  const { startWorkers } = await import('./workers/start-workers.ts');
  return startWorkers(config, log);
}

/** Says how far it is. A node that cannot leave goes on. */
async function leave(node: RunningNode): Promise<void> {
  let said = '';
  try {
    await node.ring.leave((progress) => {
      const line = describeProgress(progress);
      if (line !== said) say(line);
      said = line;
    });
  } catch (error) {
    if (!(error instanceof LeaveError)) throw error;
    say(`sotto node: cannot leave: ${error.message}.`);
    process.kill(process.pid, 'SIGTERM');
  }
}

/** Where clients look when they are not told. */
const DEFAULT_URL = 'ws://127.0.0.1:8080';

function announce(config: Config, { url, nodeId }: RunningNode, hasConsole: boolean): void {
  const ready = config.json ? JSON.stringify({ event: 'listening', url, nodeId }) : `listening ${url} ${nodeId}`;
  process.stdout.write(`${ready}\n`);
  if (!process.stderr.isTTY && process.env['npm_lifecycle_event'] !== 'start') return;
  const psk = config.pskFile === null ? '' : ` --psk-file ${config.pskFile}`;
  say('');
  if (config.web !== null) say(`Open ${pageUrl(config, url)} in a browser.`);
  const where = url === DEFAULT_URL ? psk : ` --node ${url}${psk}`;
  const or = config.web === null ? 'Open a conversation' : 'Or without one';
  say(`${or}: each person in a terminal of their own, each with a profile of their own`);
  say(`  npx sotto chat --profile ./alice${where}`);
  say(`  npx sotto chat --profile ./bob${where}`);
  if (isWildcard(config.listen.host) && config.publicUrl === null) {
    say('For invites that work from elsewhere, give --public-url.');
  }
  if (config.admit === 'anyone' && config.store !== 'none') {
    say('Any node that reaches this one may join its network. With a proxy before it, give --admit invite.');
  }
  if (hasConsole) say('Lines typed here are announced to everybody; /help shows more.');
  say('');
}

/** Where a browser on this machine finds the page. */
function pageUrl({ listen: { host }, publicUrl }: Config, url: string): string {
  const page = new URL(`${url.replace(/^ws/, 'http')}/`);
  // Browsers open plain http of this machine alone, and a wildcard is no address.
  if (publicUrl === null && isWildcard(host)) page.hostname = '127.0.0.1';
  return page.href;
}
