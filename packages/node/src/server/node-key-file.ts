import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from '@sotto/protocol/crypto';
import { z } from 'zod';
import { ConfigError } from '../config/config.ts';
import { createNodeSecrets, type NodeSecrets } from '../node-identity.ts';
import { codeOf, reasonOf } from './file-error.ts';

const FILE = 'node-identity.json';
const KEY_BYTES = 32;

const key = z
  .base64url()
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64url')))
  .refine((bytes) => bytes.length === KEY_BYTES);
const keyFile = z.strictObject({ version: z.literal(1), nodeSeed: key, operatorSeed: key, linkSecret: key });

/** @throws ConfigError when the directory cannot be made */
export function makeDataDirectory(path: string): void {
  try {
    makeDirectories(path);
  } catch (error) {
    const reason = DIRECTORY_PROBLEMS[codeOf(error)] ?? reasonOf(error);
    throw refused(`The data directory ${path} cannot be made: ${reason}. Choose another with --data.`, error);
  }
}

const DIRECTORY_PROBLEMS: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file of that name',
  ENOENT: 'the system allows no directory there',
};

/** As mkdirSync with `recursive`, which never ends where the system answers ENOENT although the parent is there (/proc). */
function makeDirectories(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return;
    if (codeOf(error) !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeDirectories(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

/**
 * The node's keys, made at the first start. Whoever has their file can pose as the node.
 * @param identityFile where they are; null: in the data directory
 * @throws ConfigError when it cannot be read or written, or is damaged
 */
export function loadNodeSecrets(dataDir: string, random: Random, identityFile: string | null = null): NodeSecrets {
  const path = nodeKeyPath(dataDir, identityFile);
  const held = readSecrets(path);
  if (held !== null) return held;
  const secrets = createNodeSecrets(random);
  try {
    writeOnce(path, serialise(secrets));
  } catch (error) {
    // Two first starts at once: the other one made it.
    const made = codeOf(error) === 'EEXIST' ? readSecrets(path) : null;
    if (made !== null) return made;
    throw refused(`The node's key file ${path} cannot be written: ${reasonOf(error)}.`, error);
  }
  return secrets;
}

/** Where they are. @param identityFile null: in the data directory */
export const nodeKeyPath = (dataDir: string, identityFile: string | null): string =>
  identityFile ?? join(dataDir, FILE);

/** As loadNodeSecrets, but makes none: null when there are none yet. @throws ConfigError */
export const heldNodeSecrets = (dataDir: string, identityFile: string | null): NodeSecrets | null =>
  readSecrets(nodeKeyPath(dataDir, identityFile));

function readSecrets(path: string): NodeSecrets | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw refused(`The node's key file ${path} cannot be read: ${reasonOf(error)}.`, error);
  }
  try {
    const { nodeSeed, operatorSeed, linkSecret } = keyFile.parse(JSON.parse(text));
    return { nodeSeed, operatorSeed, linkSecret };
  } catch {
    // Without the cause: it could quote the keys.
    throw refused(`The node's key file ${path} is damaged; restore it from a backup.`, null);
  }
}

function serialise({ nodeSeed, operatorSeed, linkSecret }: NodeSecrets): string {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const file = { version: 1, nodeSeed: text(nodeSeed), operatorSeed: text(operatorSeed), linkSecret: text(linkSecret) };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** The whole file or none: written beside it, flushed, then given its name unless somebody else has it. */
function writeOnce(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
    rmSync(draft);
  } catch (error) {
    // Some file systems have no hard links.
    if (codeOf(error) === 'EEXIST' || existsSync(path)) {
      rmSync(draft);
      throw error;
    }
    renameSync(draft, path);
  }
}

const refused = (text: string, cause: unknown): ConfigError => new ConfigError('bad-value', text, { cause });
