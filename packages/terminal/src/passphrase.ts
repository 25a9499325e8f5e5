import { readFileSync } from 'node:fs';
import { EngineError } from '@sotto/engine/api';
import type { AskPassphrase } from '@sotto/engine/platform/node';
import { ConfigurationError } from './configuration-error.ts';

/** Longer ones are a mistaken file. */
const MAX_BYTES = 4096;
const [INTERRUPT, END, BACKSPACE, NEWLINE, ENTER, ERASE_LINE, ESCAPE, SPACE, DELETE] = [
  3, 4, 8, 10, 13, 21, 27, 32, 127,
] as const;

/** For the passphrase of a locked profile: from the file that was named, else from the person at the terminal. */
export function profilePassphrase({ passphraseFile }: { readonly passphraseFile?: string }): AskPassphrase {
  const file = passphraseFile ?? (process.env['SOTTO_PASSPHRASE_FILE'] || undefined);
  return async (attempt) => {
    if (file !== undefined) return attempt === 1 ? readPassphrase(file, '--passphrase-file') : null;
    if (!canAsk()) return null;
    return await prompt(attempt === 1 ? 'Passphrase of this profile: ' : 'Wrong passphrase. Try again: ');
  };
}

/**
 * A passphrase to be set, asked for twice.
 * @param option which names `file`
 * @throws EngineError('bad-input') when nobody can be asked, or the two differ
 */
export async function newPassphrase(what: string, file: string | undefined, option: string): Promise<Uint8Array> {
  if (file !== undefined) return readPassphrase(file, option);
  if (!canAsk()) throw new EngineError('bad-input', `A passphrase is needed: ${option} FILE`);
  const first = await prompt(`${what}: `);
  const second = first === null ? null : await prompt('The same again: ');
  if (first === null || second === null) throw new EngineError('bad-input', 'No passphrase was given.');
  const same = first.length === second.length && first.every((byte, i) => byte === second[i]);
  second.fill(0);
  if (same) return first;
  first.fill(0);
  throw new EngineError('bad-input', 'The two passphrases are not the same. Nothing was changed.');
}

/** One that is there already. @throws EngineError('bad-input') when nobody can be asked */
export async function givenPassphrase(what: string, file: string | undefined, option: string): Promise<Uint8Array> {
  if (file !== undefined) return readPassphrase(file, option);
  const given = canAsk() ? await prompt(`${what}: `) : null;
  if (given === null) throw new EngineError('bad-input', `A passphrase is needed: ${option} FILE`);
  return given;
}

/** All of a file, or of a file descriptor (/dev/fd/3), but not the end of its last line. @throws ConfigurationError */
function readPassphrase(path: string, option: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    throw new ConfigurationError(`${option} ${path} cannot be read (${code}).`, { cause: error });
  }
  let length = bytes.length;
  if (bytes[length - 1] === NEWLINE) length--;
  if (bytes[length - 1] === ENTER) length--;
  try {
    if (length === 0 || length > MAX_BYTES) {
      throw new ConfigurationError(
        `${option} ${path} does not hold a passphrase; allowed are 1 to ${MAX_BYTES} bytes.`,
      );
    }
    return normalised(bytes.subarray(0, length));
  } finally {
    bytes.fill(0);
  }
}

const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** Reads a line without showing it. null: the person gave up (Ctrl-C, Ctrl-D). */
function prompt(question: string): Promise<Uint8Array | null> {
  const { stdin, stderr } = process;
  const typed = new Uint8Array(MAX_BYTES);
  let length = 0;
  return new Promise((resolve) => {
    const finish = (given: boolean): void => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      resolve(given && length > 0 ? normalised(typed.subarray(0, length)) : null);
      typed.fill(0);
    };
    const onData = (chunk: Uint8Array): void => {
      // An arrow key is nothing that was typed.
      if (chunk[0] === ESCAPE) return;
      for (const byte of chunk) {
        if (byte === ENTER || byte === NEWLINE) return finish(true);
        if (byte === INTERRUPT || byte === END) return finish(false);
        if (byte === BACKSPACE || byte === DELETE) length = beforeLastCharacter(typed, length);
        else if (byte === ERASE_LINE) length = 0;
        else if (byte >= SPACE && length < MAX_BYTES) typed[length++] = byte;
      }
      chunk.fill(0);
    };
    // Before the question: whoever answers at once (a pasted passphrase) must not find the echo still on.
    stdin.setRawMode(true);
    stdin.on('data', onData);
    stdin.resume();
    stderr.write(question);
  });
}

/** A character is up to four bytes; all but its first begin with the bits 10. */
function beforeLastCharacter(bytes: Uint8Array, length: number): number {
  let at = length;
  do at--;
  while (at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80);
  return Math.max(0, at);
}

/** The same characters are the same passphrase, however a keyboard composes them (RFC 8265, section 4.2: NFC). */
function normalised(bytes: Uint8Array): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(bytes).normalize('NFC'));
}
