import { nodePrimitives } from '@sotto/primitives-node';
import { decodeKeyFile, KeyFileError } from '../../../keys/key-file.ts';
import type { KeyFile } from '../../../keys/key-file.ts';
import { ProfileError } from '../profile-error.ts';

/** What `database.key` says. @throws ProfileError('corrupt') */
export function decodeDatabaseKey(bytes: Uint8Array): KeyFile {
  try {
    return decodeKeyFile(nodePrimitives, bytes);
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    const words =
      error.code === 'newer'
        ? 'The key of this profile was written by a newer version of Sotto. Please update.'
        : `The key of this profile (database.key) is damaged: ${error.how}. Nothing was changed. Put back a copy of that file, or restore a backup into a new profile.`;
    throw new ProfileError('corrupt', words, { cause: error });
  }
}
