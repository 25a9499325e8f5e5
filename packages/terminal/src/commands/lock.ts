import { EngineError } from '@sotto/engine/api';
import { profileDirectory } from '@sotto/engine/platform/node';
import type { KeyProtection } from '@sotto/engine/platform/node';
import type { NewLock } from '@sotto/engine/platform/node/lock';
import { EXIT } from '../exit-status.ts';
import { newPassphrase, profilePassphrase } from '../passphrase.ts';
import type { CommandContext } from './command-context.ts';

export interface LockOptions {
  readonly newPassphraseFile?: string;
}

const WORDS: Readonly<Record<KeyProtection, string>> = {
  file: 'The key of this profile is in a file that only you may read. Whoever gets at your files can read your messages.',
  passphrase:
    'The key of this profile is locked with a passphrase. Nobody can bring back what is in it if you forget it.',
  keyring:
    'The key of this profile is locked with a key in the keyring of this system: it opens for your user, here only.',
};

/** `sotto lock [file|passphrase|keyring]` */
export async function lock(
  how: string | undefined,
  { newPassphraseFile }: LockOptions,
  { options, print, tell }: CommandContext,
): Promise<number> {
  const { changeLock, lockOf } = await import('@sotto/engine/platform/node/lock');
  const directory = profileDirectory(options.profile);
  const found = lockOf(directory);
  if (found === null) throw new EngineError('not-found', 'There is no profile yet. Create one first: sotto init');
  if (how === undefined) {
    print({ lock: found }, WORDS[found]);
    return EXIT.done;
  }
  if (!Object.hasOwn(WORDS, how)) {
    throw new EngineError('bad-input', `"${how}" is no way to keep a key; allowed are file, passphrase and keyring.`);
  }
  await changeLock(directory, profilePassphrase(options), () => chosen(how, newPassphraseFile));
  const now = lockOf(directory) ?? found;
  print({ lock: now }, WORDS[now]);
  if (now !== 'file') tell('Keep a backup as well (sotto backup): it has a passphrase of its own.');
  return EXIT.done;
}

async function chosen(how: string, file: string | undefined): Promise<NewLock> {
  if (how === 'file' || how === 'keyring') return { way: how };
  return { way: 'passphrase', passphrase: await newPassphrase('New passphrase', file, '--new-passphrase-file') };
}
