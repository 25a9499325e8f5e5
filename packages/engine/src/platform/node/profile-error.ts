/**
 * Why a profile cannot be used. The message says what to do.
 * - `not-writable`: the directory cannot be made, or not be written to
 * - `in-use`: another process owns it
 * - `corrupt`: a file of it is damaged or missing
 * - `disk-full`
 */
export type ProfileErrorCode = 'not-writable' | 'in-use' | 'corrupt' | 'disk-full';

export class ProfileError extends Error {
  readonly code: ProfileErrorCode;
  constructor(code: ProfileErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProfileError';
    this.code = code;
  }
}
