import { readFileSync } from 'node:fs';
import type { LinkedDevice, LinkOptions } from '@sotto/engine';
import { EngineError, type EngineHandle } from '@sotto/engine/api';
import { connectProfile, profileDirectory } from '@sotto/engine/platform/node';
import { ConfigurationError } from './configuration-error.ts';
import { profilePassphrase } from './passphrase.ts';

export interface ProfileOptions {
  readonly profile?: string;
  readonly node?: string;
  readonly pskFile?: string;
  readonly passphraseFile?: string;
}

interface NewIdentity {
  readonly name: string;
  /** 24 words of an account that exists already. */
  readonly phrase?: string;
}

const DEFAULT_NODE = 'ws://127.0.0.1:8080';
const PSK_BYTES = 32;

/** How a profile without an identity gets one. */
export interface Creation {
  readonly identity: () => Promise<NewIdentity>;
  /** The account's recovery phrase, for the person to write down. */
  readonly created: (phrase: string) => void;
}

/**
 * The engine of a profile on the disk.
 * @param creation null: a profile without an identity is an error
 */
export function openProfileEngine(options: ProfileOptions, creation: Creation | null): Promise<EngineHandle> {
  return connectProfile({
    directory: profileDirectory(options.profile),
    askPassphrase: profilePassphrase(options),
    openEngine: async ({ platform }) => {
      // Not loaded by a process that only asks the profile's owner.
      const { createIdentity, hasIdentity, openEngine } = await import('@sotto/engine');
      const psk = options.pskFile === undefined ? undefined : readPsk(options.pskFile);
      if (creation !== null && !hasIdentity(platform)) {
        const identity = await creation.identity();
        const { phrase } = await createIdentity(platform, {
          ...identity,
          node: options.node ?? DEFAULT_NODE,
          psk: psk ?? null,
        });
        creation.created(phrase);
      }
      return await openEngine(platform, { node: options.node, psk });
    },
  });
}

/** What is shown while this profile becomes a further device of an account. */
export type LinkShown = Pick<LinkOptions, 'name' | 'onCode' | 'onProgress' | 'signal'>;

/**
 * The engine of a profile that a device of an account has just approved.
 * @throws EngineError('bad-input') when the profile has an identity already
 */
export async function openLinkedEngine(
  options: ProfileOptions,
  shown: LinkShown,
): Promise<{ engine: EngineHandle; linked: LinkedDevice }> {
  let linked: LinkedDevice | null = null;
  const engine = await connectProfile({
    directory: profileDirectory(options.profile),
    askPassphrase: profilePassphrase(options),
    openEngine: async ({ platform }) => {
      const { linkDevice, openEngine } = await import('@sotto/engine');
      const psk = options.pskFile === undefined ? null : readPsk(options.pskFile);
      // The profile may change hands later: it is linked once.
      linked ??= await linkDevice(platform, { ...shown, node: options.node ?? DEFAULT_NODE, psk });
      return await openEngine(platform);
    },
  });
  if (linked !== null) return { engine, linked };
  await engine.close();
  throw new EngineError(
    'bad-input',
    'This profile has an identity already. Choose another profile for this account: --profile DIR',
  );
}

/** A throw-away engine: nothing of it touches the disk. */
export function openEphemeralEngine(options: ProfileOptions, name: string): Promise<EngineHandle> {
  return connectProfile({
    directory: null,
    openEngine: async ({ platform }) => {
      const { createIdentity, openEngine } = await import('@sotto/engine');
      const psk = options.pskFile === undefined ? null : readPsk(options.pskFile);
      await createIdentity(platform, { name, node: options.node ?? DEFAULT_NODE, psk, ephemeral: true });
      return await openEngine(platform);
    },
  });
}

/** A pre-shared key: 32 bytes, as 64 hex digits or raw. @throws ConfigurationError */
function readPsk(path: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    throw new ConfigurationError(`--psk-file ${path} cannot be read (${code}); allowed is a file with 64 hex digits.`, {
      cause: error,
    });
  }
  const text = bytes.toString('latin1').trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (bytes.length === PSK_BYTES) return bytes;
  throw new ConfigurationError(
    `--psk-file ${path} does not hold a key; allowed are 64 hex digits, the same as the node's.`,
  );
}
