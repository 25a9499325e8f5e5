import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../config/config.ts';
import type { RingFile, RingState } from '../ring/ring-file.ts';
import { codeOf, reasonOf } from './file-error.ts';

const FILE = 'ring.json';

const bytes = z.base64url().transform((text) => new Uint8Array(Buffer.from(text, 'base64url')));
const schema = z.object({
  version: z.literal(1),
  founders: z.array(bytes.refine(({ length }) => length === 32)).min(1),
  epochSeconds: z.int().min(1).max(86_400),
  admission: bytes,
  descriptors: z.array(bytes),
  // Files of earlier versions have none.
  proofs: z.array(z.object({ first: bytes, second: bytes })).default([]),
  sequence: z.int().min(0),
  invites: z.array(z.object({ hash: z.string(), expires: z.int(), node: z.string() })),
});

/**
 * The ring a node is part of, beside its keys.
 * @throws ConfigError from load() when it cannot be read or is damaged
 */
export function ringJsonFile(dataDir: string): RingFile {
  const path = join(dataDir, FILE);
  let kept = '';
  return {
    load: () => load(path),
    save: (state) => {
      const text = textOf(state);
      // In every epoch somebody looks whether something changed, and waiting for the disk holds up all else.
      if (text === kept) return;
      // A write that failed may be there nevertheless.
      kept = '';
      write(path, text);
      kept = text;
    },
  };
}

function load(path: string): RingState | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw refused(`The node's ring file ${path} cannot be read: ${reasonOf(error)}.`, error);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw refused(`The node's ring file ${path} is damaged; restore it from a backup.`, cause);
  }
}

function textOf({ founders, admission, descriptors, proofs = [], ...rest }: RingState): string {
  const text = (value: Uint8Array): string => Buffer.from(value).toString('base64url');
  const kept = {
    version: 1,
    ...rest,
    founders: founders.map(text),
    admission: text(admission),
    descriptors: descriptors.map(text),
    proofs: proofs.map(({ first, second }) => ({ first: text(first), second: text(second) })),
  };
  return `${JSON.stringify(kept)}\n`;
}

/** The whole file or the one before: a token that was used stays used. */
function write(path: string, text: string): void {
  const draft = `${path}.new`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  flushDirectory(dirname(path));
}

/** Else the file of before may be back after a power cut, and in it a token that was used. */
function flushDirectory(path: string): void {
  // Windows flushes a renaming by itself, and opens no directories.
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

const refused = (text: string, cause: unknown): ConfigError => new ConfigError('bad-value', text, { cause });
