/**
 * Why bytes were not accepted.
 * - `too-large`: over the limit of this message, seen before anything was decoded
 * - `malformed`: not protobuf, or a known field with the wrong wire type
 * - `unknown-version`: a version this program does not speak (an update may help)
 * - `missing-field`: a required field is absent
 * - `bad-length`: a key, id, hash, signature or list has the wrong length
 * - `out-of-range`: a number beyond its limit
 * - `too-many`: more elements, or more unknown fields, than allowed
 */
export type WireErrorCode =
  'too-large' | 'malformed' | 'unknown-version' | 'missing-field' | 'bad-length' | 'out-of-range' | 'too-many';

/** Bytes from outside that break a rule of docs/protocol/wire.md. The text names fields, never contents. */
export class WireError extends Error {
  readonly code: WireErrorCode;
  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.name = 'WireError';
    this.code = code;
  }
}
