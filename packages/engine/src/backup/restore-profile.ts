/** A profile out of a backup: everything that was said, and an account of which this becomes a new device (BAK-8). */
import { accountFromSeed, IdentityError, seedFromPhrase } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import { noteAccessPublished } from '../account/publishing.ts';
import { writeJoining } from '../account/identity-store.ts';
import type { OwnAccount } from '../account/identity-store.ts';
import { PROFILE, readProfile } from '../account/profile.ts';
import { EngineError } from '../api.ts';
import { hasIdentity, nodeUrl } from '../create-identity.ts';
import type { Platform } from '../ports.ts';
import { Database } from '../store/database.ts';
import { damaged } from './backup-error.ts';
import { noteRestored } from '../account/restored.ts';
import { readBackup } from './read-backup.ts';
import type { BackupInput, ReadOptions } from './read-backup.ts';
import type { BackupSummary } from './write-backup.ts';
import { say } from '../sentences/say.ts';
import { ofIdentity } from '../engine-errors.ts';

export interface RestoreOptions extends ReadOptions {
  /** Messages expected, for the progress; 0: not known. */
  readonly total: number;
  /** The account's other devices are taken off its list. */
  readonly revokeOthers: boolean;
  /** Of a backup from a linked device, which has no key of the account. */
  readonly phrase: string | null;
  /** Another home node than then. */
  readonly node: string | null;
}

/** @throws BackupError, EngineError('bad-input' | 'not-allowed'), StoreError */
export async function restoreProfile(
  platform: Platform,
  input: BackupInput,
  options: RestoreOptions,
): Promise<BackupSummary> {
  if (hasIdentity(platform)) {
    throw new EngineError('bad-input', say('identity-exists-restoring'));
  }
  const url = options.node === null ? null : nodeUrl(options.node);
  return await readBackup(platform, input, options, 'restoring', options.total, ({ account, deviceList, madeAt }) => {
    const database = new Database(platform);
    const profile = readProfile(database);
    if (profile === null) throw damaged();
    if (url !== null && url !== profile.url) database.setMeta(PROFILE, { ...profile, url, home: null });
    writeJoining(database, platform, {
      account: withSeed(platform, account, options.phrase),
      known: deviceList,
      revokeOthers: options.revokeOthers,
      ephemeral: false,
    });
    // What the node has of it may be newer than the backup: it is not put back, but replaced once we are there.
    noteAccessPublished(database, profile);
    noteRestored(database, madeAt);
  });
}

function withSeed(
  platform: Platform,
  account: OwnAccount,
  phrase: string | null,
): { publicKey: Uint8Array; seed: Uint8Array } {
  const { publicKey, seed } = account;
  if (phrase === null) {
    if (seed !== null) return { publicKey, seed };
    throw new EngineError('not-allowed', say('backup-linked-device'));
  }
  try {
    const keys = accountFromSeed(platform.primitives, seedFromPhrase(phrase));
    if (sameBytes(keys.publicKey, publicKey)) return keys;
  } catch (error) {
    if (error instanceof IdentityError) throw ofIdentity(error);
    throw error;
  }
  throw new EngineError('bad-input', say('phrase-other-account'));
}
