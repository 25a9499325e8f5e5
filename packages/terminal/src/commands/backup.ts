import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { EngineError } from '@sotto/engine/api';
import { profileDirectory } from '@sotto/engine/platform/node';
import type { BackupErrorCode, BackupProgress } from '@sotto/engine/platform/node/backup';
import { EXIT } from '../exit-status.ts';
import { openProfileEngine } from '../open-profile.ts';
import { givenPassphrase, newPassphrase, profilePassphrase } from '../passphrase.ts';
import { whoamiText } from './about.ts';
import type { CommandContext } from './command-context.ts';
import { readPhrase } from './init.ts';
import { FIRST_CONNECTION_MS, untilConnected } from './until-connected.ts';

export interface BackupOptions {
  readonly force?: boolean;
  readonly backupPassphraseFile?: string;
}

export interface RestoreOptions {
  readonly revokeOthers?: boolean;
  readonly keepOthers?: boolean;
  readonly phraseFile?: string;
  readonly backupPassphraseFile?: string;
}

const OPTION = '--backup-passphrase-file';

/** `sotto backup FILE` */
export async function backup(
  file: string,
  { force, backupPassphraseFile }: BackupOptions,
  { options, print, tell, interrupted }: CommandContext,
): Promise<number> {
  const { backUpProfile } = await import('@sotto/engine/platform/node/backup');
  const path = resolve(file);
  const passphrase = await newPassphrase('Passphrase of the backup', backupPassphraseFile, OPTION);
  const { onProgress, done } = progressLine();
  try {
    const { counts, bytes, madeAt } = await asEngineError(() =>
      backUpProfile(profileDirectory(options.profile), path, {
        ask: profilePassphrase(options),
        force: force ?? false,
        passphrase,
        onProgress,
        signal: abortedBy(interrupted),
      }),
    );
    done();
    const { contacts, messages } = counts;
    const words = `${path}: ${counted(messages, 'message')}, ${counted(contacts, 'contact')}, ${Math.ceil(bytes / 1024)} kB. It was restored for trial, and everything is in it.`;
    print({ file: path, contacts, messages, bytes, madeAt }, words);
    tell('Without its passphrase nobody can open it, you included. Keep both, and not in the same place.');
    return EXIT.done;
  } finally {
    done();
    passphrase.fill(0);
  }
}

/** `sotto restore FILE` */
export async function restore(
  file: string,
  { revokeOthers, keepOthers, phraseFile, backupPassphraseFile }: RestoreOptions,
  { options, print, tell, interrupted }: CommandContext,
): Promise<number> {
  if (revokeOthers === true && keepOthers === true) {
    throw new EngineError('bad-input', '--revoke-others and --keep-others say the opposite; give one of them.');
  }
  const { restoreBackup } = await import('@sotto/engine/platform/node/backup');
  const passphrase = await givenPassphrase('Passphrase of the backup', backupPassphraseFile, OPTION);
  const { onProgress, done } = progressLine();
  try {
    const revoke = revokeOthers ?? (keepOthers === true ? false : await askWhetherToRevoke());
    const { counts } = await asEngineError(() =>
      restoreBackup(profileDirectory(options.profile), resolve(file), {
        passphrase,
        onProgress,
        signal: abortedBy(interrupted),
        total: 0,
        revokeOthers: revoke,
        phrase: phraseFile === undefined ? null : readPhrase(phraseFile),
        node: options.node ?? null,
      }),
    );
    done();
    tell(`${counted(counts.messages, 'message')} and ${counted(counts.contacts, 'contact')} are here again.`);
  } finally {
    done();
    passphrase.fill(0);
  }
  const engine = await openProfileEngine(options, null);
  try {
    const { state, problem } = await untilConnected(engine, FIRST_CONNECTION_MS);
    const me = await engine.whoami({});
    print({ ...me, ...(problem === undefined ? {} : { problem }) }, whoamiText(me));
    if (state === 'online') {
      tell(`This is device ${me.device} of the account now. Your contacts learn of it by themselves.`);
    } else {
      tell(
        `\nThe node ${me.node} was not reached. ${problem ?? 'It has not answered yet.'} Everything can be read; what you write waits. This becomes a device of the account as soon as the node is reached.`,
      );
    }
    return EXIT.done;
  } finally {
    await engine.close();
  }
}

/** Keeping is harmless, and the answer when nobody can be asked. */
async function askWhetherToRevoke(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    process.stderr.write('Other devices of this account can stay, or be removed because they are lost or stolen.\n');
    const answer = await ask.question('Remove all other devices from the account? (y/N) ');
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    ask.close();
  }
}

const WORDS: Readonly<Record<BackupProgress['phase'], string>> = {
  writing: 'Writing',
  checking: 'Checking',
  restoring: 'Restoring',
};

/** One line on a terminal that is written over; nothing for scripts. */
function progressLine(): { onProgress: (progress: BackupProgress) => void; done: () => void } {
  let shown = 0;
  return {
    onProgress({ phase, done, total }) {
      if (!process.stderr.isTTY || Date.now() - shown < 100) return;
      shown = Date.now();
      const of = total === 0 ? '' : ` of ${total.toLocaleString('en')}`;
      process.stderr.write(`\r${WORDS[phase]} ${done.toLocaleString('en')}${of} messages … (Ctrl-C stops) \u001b[K`);
    },
    done() {
      if (shown > 0) process.stderr.write('\r\u001b[K');
      shown = 0;
    },
  };
}

const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;

function abortedBy(interrupted: Promise<void>): AbortSignal {
  const controller = new AbortController();
  void interrupted.then(() => controller.abort());
  return controller.signal;
}

const CODES: Readonly<Record<BackupErrorCode, 'bad-input' | 'not-allowed' | 'closed'>> = {
  'not-a-backup': 'bad-input',
  'newer-version': 'bad-input',
  'wrong-passphrase': 'not-allowed',
  damaged: 'bad-input',
  cancelled: 'closed',
};

async function asEngineError<T>(work: () => Promise<T>): Promise<T> {
  const { BackupError } = await import('@sotto/engine/platform/node/backup');
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    throw new EngineError(CODES[error.code], error.message, false, { cause: error });
  }
}
