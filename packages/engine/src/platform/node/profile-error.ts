/**
 * Why a profile cannot be used. The message says what to do.
 * - `not-writable`: the directory cannot be made, or not be written to
 * - `in-use`: another process owns it
 * - `corrupt`: a file of it is damaged or missing
 * - `disk-full`
 * - `locked`: it is locked with a passphrase, and none was given
 * - `wrong-passphrase`
 * - `keyring`: its key is in the system's keyring, which cannot be asked, or does not have it
 */
export type ProfileErrorCode =
  'not-writable' | 'in-use' | 'corrupt' | 'disk-full' | 'locked' | 'wrong-passphrase' | 'keyring';

export class ProfileError extends Error {
  readonly code: ProfileErrorCode;
  constructor(code: ProfileErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProfileError';
    this.code = code;
  }
}
