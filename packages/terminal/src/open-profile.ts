import { readFileSync } from 'node:fs';
import { createIdentity, EngineError, hasIdentity, openEngine, type EngineHandle } from '@sotto/engine';
import { connectProfile, profileDirectory, type Profile } from '@sotto/engine/platform/node';

export interface ProfileOptions {
  readonly profile?: string;
  readonly node?: string;
  readonly pskFile?: string;
}

export interface NewIdentity {
  readonly name: string;
  /** 24 words of an account that exists already. */
  readonly phrase?: string;
}

const DEFAULT_NODE = 'ws://127.0.0.1:8080';
const PSK_BYTES = 32;

/**
 * The engine of a profile on the disk.
 * @param create asked for when the profile has no identity yet; null: that is an error
 */
export function openProfileEngine(
  options: ProfileOptions,
  create: (() => Promise<NewIdentity>) | null,
): Promise<EngineHandle> {
  return connectProfile({
    directory: profileDirectory(options.profile),
    openEngine: async (profile) => await open(profile, options, create),
  });
}

/** A throw-away engine: nothing of it touches the disk. */
export function openEphemeralEngine(options: ProfileOptions, name: string): Promise<EngineHandle> {
  return connectProfile({
    directory: null,
    openEngine: async (profile) => await open(profile, options, () => Promise.resolve({ name })),
  });
}

async function open(
  profile: Profile,
  options: ProfileOptions,
  create: (() => Promise<NewIdentity>) | null,
): Promise<EngineHandle> {
  const psk = options.pskFile === undefined ? null : readPsk(options.pskFile);
  if (!hasIdentity(profile.platform)) {
    if (create === null) {
      throw new EngineError('not-found', 'This profile has no identity yet. Make one: sotto init --name YOUR-NAME');
    }
    const identity = await create();
    await createIdentity(profile.platform, { ...identity, node: options.node ?? DEFAULT_NODE, psk });
  } else if (options.node !== undefined || psk !== null) {
    // TODO(engine)
  }
  return await openEngine(profile.platform);
}

/** A pre-shared key: 32 bytes, as 64 hex digits or raw. @throws EngineError('bad-input') */
function readPsk(path: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new EngineError('bad-input', `The pre-shared key file ${path} cannot be read.`, false, { cause: error });
  }
  const text = bytes.toString('latin1').trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (bytes.length === PSK_BYTES) return bytes;
  throw new EngineError('bad-input', `${path} must hold 64 hex digits (make one: openssl rand -hex 32 > ${path}).`);
}
