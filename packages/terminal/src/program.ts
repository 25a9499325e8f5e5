import { Command, InvalidArgumentError, Option } from 'commander';
import type { InOptions } from './commands/amend.ts';
import type { DoctorOptions } from './commands/about.ts';
import type { BackupOptions, RestoreOptions } from './commands/backup.ts';
import type { CommandContext, CommonOptions } from './commands/command-context.ts';
import type { ContactsOptions } from './commands/people.ts';
import type { DevicesOptions } from './commands/devices.ts';
import type { LinkCommandOptions } from './commands/link.ts';
import type { HistoryOptions } from './commands/past.ts';
import type { LockOptions } from './commands/lock.ts';
import type { RecvOptions } from './commands/recv.ts';
import type { SendOptions } from './commands/send.ts';

const VERSION = '0.1.0';

/** Runs a command with what it needs around it; its result is the exit status. */
export type RunCommand = (
  options: CommonOptions,
  command: (context: CommandContext) => Promise<number>,
) => Promise<void>;

/** The client's command line. Each command's code is loaded when it is wanted: a short command starts fast. */
export function createProgram(run: RunCommand): Command {
  const program = new Command('sotto').description('Private messages through a node that cannot read them.');
  program.version(VERSION, '--version');
  program.exitOverride().showHelpAfterError('(sotto help COMMAND explains)');
  program.addHelpText(
    'after',
    '\nA node of your own: sotto node (sotto node --help; is all well: sotto node --doctor); the ring it is part of: sotto ring (sotto ring --help)',
  );

  const command = (usage: string, description: string): Command =>
    program
      .command(usage)
      .description(description)
      .option('--profile <dir>', 'where the identity and its history are kept (also SOTTO_PROFILE)')
      .option('--node <url>', 'home node, ws:// or wss:// (default ws://127.0.0.1:8080)')
      .option('--psk-file <file>', "pre-shared key of the node's private room, 64 hex digits")
      .option('--passphrase-file <file>', 'passphrase of a locked profile (also SOTTO_PASSPHRASE_FILE)')
      .option('--json', 'one JSON object a line');

  command('init', 'create an identity')
    .option('--name <name>', 'the name others see')
    .option('--phrase-file <file>', 'restore the account of this 24-word recovery phrase')
    .action((options: CommonOptions & { name?: string; phraseFile?: string }) =>
      run(options, async (context) => (await import('./commands/init.ts')).init(options, context)),
    );
  command('whoami', 'address, device, node, invite link').action((options: CommonOptions) =>
    run(options, async (context) => (await import('./commands/about.ts')).whoami(options, context)),
  );
  command('add <address-or-link>', 'add a contact')
    .option('--name <name>', 'what to call them here')
    .action((to: string, options: CommonOptions & { name?: string }) =>
      run(options, async (context) => (await import('./commands/people.ts')).add(to, options, context)),
    );
  command('send <to> <text...>', 'send a message to a contact, an address, a link or a token')
    .addOption(new Option('--wait <state>', 'until it is').choices(['sent', 'stored', 'delivered']).default('stored'))
    .option('--timeout <seconds>', 'how long to wait for that', seconds, 20)
    .option('--reply-to <id>', 'the message that is answered (ids: history --json)')
    .action((to: string, words: string[], options: CommonOptions & SendOptions) =>
      run(options, async (context) => (await import('./commands/send.ts')).send(to, words, options, context)),
    );
  command('edit <id> <text...>', 'give a message of yours another text, at both sides')
    .option('--in <contact>', 'where it is, if several messages have this id')
    .action((id: string, words: string[], options: CommonOptions & InOptions) =>
      run(options, async (context) => (await import('./commands/amend.ts')).edit(id, words, options, context)),
    );
  command('delete <id>', 'take a message of yours back, at both sides')
    .option('--here', 'any message, but on this device only')
    .option('--in <contact>', 'where it is, if several messages have this id')
    .action((id: string, options: CommonOptions & InOptions & { here?: boolean }) =>
      run(options, async (context) => (await import('./commands/amend.ts')).remove(id, options, context)),
    );
  command('react <id> [emoji]', 'react to a message; without an emoji takes it back')
    .option('--in <contact>', 'where it is, if several messages have this id')
    .action((id: string, emoji: string | undefined, options: CommonOptions & InOptions) =>
      run(options, async (context) => (await import('./commands/amend.ts')).react(id, emoji, options, context)),
    );
  command('timer <who> [time]', 'when messages with a contact disappear: 30s, 5m, 1h, 1d, 1w, off').action(
    (who: string, time: string | undefined, options: CommonOptions) =>
      run(options, async (context) => (await import('./commands/amend.ts')).timer(who, time, context)),
  );
  command('say <text...>', 'say a line to everybody in a private room').action(
    (words: string[], options: CommonOptions) =>
      run(options, async (context) => (await import('./commands/say.ts')).say(words, context)),
  );
  command('recv', 'print unread messages and mark them read')
    .option('--follow', 'and whatever comes, until interrupted')
    .option('--count <n>', 'end after so many', positive)
    .option('--timeout <seconds>', 'end after so long', seconds)
    .action((options: CommonOptions & RecvOptions) =>
      run(options, async (context) => (await import('./commands/recv.ts')).recv(options, context)),
    );
  command('chat', 'full-screen chat')
    .option('--ephemeral', 'a throw-away identity that leaves nothing on the disk')
    .option('--name <name>', 'name of a new identity')
    .action((options: CommonOptions & { ephemeral?: boolean; name?: string }) =>
      run(options, async (context) => (await import('./commands/chat.ts')).chat(options, context)),
    );
  command('rpc', 'JSON-RPC 2.0 on standard input and output (docs/rpc.md)').action((options: CommonOptions) =>
    run(options, async (context) => (await import('./commands/rpc.ts')).rpc(context)),
  );
  command('contacts', 'list contacts; answer requests')
    .option('--requests', 'only those who wait for an answer')
    .option('--accept <who>', 'accept a request')
    .option('--block <who>', 'never show anything of theirs again')
    .option('--unblock <who>')
    .option('--remove <who>', 'forget them, with all that was said, on all your devices')
    .action((options: CommonOptions & ContactsOptions) =>
      run(options, async (context) => (await import('./commands/people.ts')).contacts(options, context)),
    );
  command('history [with]', 'messages of one conversation, or of all')
    .option('--limit <n>', 'newest so many', positive, 50)
    .option('--before <position>', 'older than this', positive)
    .action((partner: string | undefined, options: CommonOptions & HistoryOptions) =>
      run(options, async (context) => (await import('./commands/past.ts')).history(partner, options, context)),
    );
  command('search <text...>', 'search the history')
    .option('--with <who>', 'only this conversation')
    .option('--limit <n>', 'at most so many', positive, 50)
    .action((words: string[], options: CommonOptions & { limit: number; with?: string }) =>
      run(options, async (context) => (await import('./commands/past.ts')).search(words, options, context)),
    );
  command('devices', 'devices of this account: list, rename, remove')
    .option('--rename <number>', 'give it the name of --name', positive)
    .option('--name <name>')
    .option('--revoke <number>', 'remove it: it gets nothing from the next message on', positive)
    .option('--phrase-file <file>', 'recovery phrase, on a device that was linked')
    .option('--cancel-history <number>', 'send that new device no more of the history', positive)
    .action((options: CommonOptions & DevicesOptions) =>
      run(options, async (context) => (await import('./commands/devices.ts')).devices(options, context)),
    );
  command('link', 'make this profile a further device of an account: shows a code that another device approves')
    .option('--approve <code>', 'on a device of the account: take in the new device that shows this code')
    .option('--name <name>', 'what the new device is called')
    .option('--no-history', 'send it no recent messages')
    .option('--phrase-file <file>', 'recovery phrase, on a device that was linked')
    .option('--yes', 'approve without asking')
    .action((options: CommonOptions & LinkCommandOptions) =>
      run(options, async (context) => (await import('./commands/link.ts')).link(options, context)),
    );
  command('backup <file>', 'everything of this profile in one sealed file, tried out before it counts')
    .option('--force', 'replace a file of that name')
    .option('--backup-passphrase-file <file>', 'passphrase of the backup, for scripts')
    .action((file: string, options: CommonOptions & BackupOptions) =>
      run(options, async (context) => (await import('./commands/backup.ts')).backup(file, options, context)),
    );
  command('restore <file>', 'a profile out of a backup: it becomes a new device of the account')
    .option('--backup-passphrase-file <file>', 'passphrase of the backup, for scripts')
    .option('--keep-others', 'the other devices of the account stay (as without a terminal)')
    .option('--revoke-others', 'the other devices of the account are removed: lost or stolen')
    .option('--phrase-file <file>', 'recovery phrase, for the backup of a linked device')
    .action((file: string, options: CommonOptions & RestoreOptions) =>
      run(options, async (context) => (await import('./commands/backup.ts')).restore(file, options, context)),
    );
  command('lock [how]', 'how the key of this profile is kept: file, passphrase or keyring; without one, says which')
    .option('--new-passphrase-file <file>', 'the new passphrase, for scripts')
    .action((how: string | undefined, options: CommonOptions & LockOptions) =>
      run(options, async (context) => (await import('./commands/lock.ts')).lock(how, options, context)),
    );
  command('doctor [with]', 'check keys, sessions, node, clock and disk')
    .option('--repair', 'begin fresh sessions with a contact, or with everybody, and ask again for what did not open')
    .action((partner: string | undefined, options: CommonOptions & DoctorOptions) =>
      run(options, async (context) => (await import('./commands/about.ts')).doctor(partner, options, context)),
    );
  return program;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Must be a whole number above 0.');
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 2_000_000))
    throw new InvalidArgumentError('Must be a number of seconds.');
  return value;
}
