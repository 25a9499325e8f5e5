import { Command, CommanderError, Option } from 'commander';
import { ConfigError } from './config.ts';
import { SETTINGS } from './settings.ts';

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: 'run' | 'print-config'; readonly flags: Record<string, unknown>; readonly file: string | null }
  | {
      readonly kind: 'doctor';
      readonly flags: Record<string, unknown>;
      readonly file: string | null;
      /** Address of the node whose time is looked at too; null: of none. */
      readonly compareClock: string | null;
    }
  /** Help was printed. */
  | { readonly kind: 'done' };

const DEFAULT_LISTEN = '127.0.0.1:8080';

function nodeCommand(): Command {
  const value = (name: keyof typeof SETTINGS, argument: string, help: string): Option =>
    new Option(`${SETTINGS[name].flag} <${argument}>`, help);
  return new Command('sotto node')
    .description('Run a relay node. Every flag is also an environment variable (SOTTO_LISTEN …) and a key of the file.')
    .addOption(value('listen', 'host:port', `where to listen (default ${DEFAULT_LISTEN}; port 0: a free one)`))
    .addOption(value('data', 'dir', "the node's keys and database (default: in the user's data directory)"))
    .addOption(
      value(
        'store',
        'kind',
        'sqlite (default), memory, none: a live relay that keeps nothing, or postgres://…: a database that several share',
      ),
    )
    .addOption(value('redis', 'url', 'joins nodes that share a database: redis://[user:password@]host[:port]'))
    .addOption(
      value('identityFile', 'file', "the node's keys, made at the first start (default: in the data directory)"),
    )
    .addOption(value('pskFile', 'file', 'pre-shared key, 64 hex digits: makes this a private room'))
    .addOption(value('tlsCert', 'file', 'certificate chain, PEM'))
    .addOption(value('tlsKey', 'file', 'private key, PEM'))
    .addOption(
      new Option(
        `${SETTINGS.join.flag} <token|url...>`,
        'join a network: by a token of "sotto ring invite", or an address',
      ),
    )
    .addOption(
      value(
        'admit',
        'who',
        'who may join here: invite, or anyone (default: anyone on loopback without a public URL, else invite)',
      ),
    )
    .addOption(value('watchers', 'who', 'who may see /metrics and /ring: local (default), or anyone'))
    .addOption(value('epoch', 'seconds', 'of a network that this node founds (default 600)'))
    .option('--leave', 'leave the network: hand over what is kept here, then stop')
    .addOption(value('publicUrl', 'url', 'where clients reach this node, when that is not where it listens'))
    .addOption(
      value(
        'trustedProxies',
        'networks',
        'proxies whose X-Forwarded-For or Forwarded says where somebody comes from (default: none)',
      ),
    )
    .addOption(value('web', 'dir|off', 'the web client to serve (default: the one that was installed), or none'))
    .addOption(
      value(
        'durability',
        'kind',
        'what a receipt means: disk (default), or standby: a synchronous standby of the database has it too',
      ),
    )
    .addOption(value('databaseConnections', 'n', 'of this process, when the store is a database (default 10)'))
    .addOption(
      value('workers', 'n|auto', 'processes that share the port and the work (default 1; auto: one for each core)'),
    )
    .option('--console', 'read announcements from standard input, also when it is not a terminal')
    .option('--no-console', 'never read standard input')
    .option('--json', 'print the ready line as JSON')
    .addOption(
      value('traceEvery', 'n', 'times the stages of one message in so many, for /metrics (default 1024; 0: none)'),
    )
    .addOption(value('logLevel', 'level', SETTINGS.logLevel.allowed))
    .option('--config <file>', 'a JSON file with settings')
    .option('--print-config', 'show what is in force and exit')
    .option('--doctor', 'look at everything the node needs with these settings, say what to do, and exit')
    .option('--compare-clock <url>', 'with --doctor: also with the time of that node')
    .allowExcessArguments(false)
    .exitOverride();
}

/** @throws ConfigError('usage') */
export function parseCommandLine(argv: readonly string[], write: (text: string) => void): Invocation {
  let complaint = '';
  const command = nodeCommand().configureOutput({
    writeOut: write,
    writeErr: (text) => {
      complaint += text;
    },
  });
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'done' };
    throw new ConfigError('usage', complaint.trim() || error.message, { cause: error });
  }
  const { config, printConfig, doctor, compareClock, ...flags } = command.opts<Record<string, unknown>>();
  const file = typeof config === 'string' ? config : null;
  if (doctor === true) return { kind: 'doctor', flags, file, compareClock: addressIn(compareClock) };
  if (compareClock !== undefined) throw new ConfigError('usage', '--compare-clock goes with --doctor.');
  return { kind: printConfig === true ? 'print-config' : 'run', flags, file };
}

function addressIn(given: unknown): string | null {
  if (given === undefined) return null;
  if (typeof given === 'string' && /^(?:ws|http)s?:\/\/[^\s@]+$/i.test(given) && URL.canParse(given)) return given;
  throw new ConfigError('bad-value', '--compare-clock must be the address of a node: wss://name or https://name.');
}
