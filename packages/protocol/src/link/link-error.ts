import { CryptoError } from '../crypto/index.ts';
import { IdentityError } from '../identity/index.ts';
import { NoiseError } from '../noise/index.ts';
import { WireError } from '../wire/index.ts';
import { CLOSE, type CloseReason } from './close-code.ts';

/**
 * - `handshake`: the other side is not who it must be, or a message was changed on the way
 * - `pre-shared-key`: the same, where the likely reason is another pre-shared key
 * - `wrong-node`: a node, but not the pinned one
 * - `bad-descriptor`: the node's descriptor is not signed, has run out, or names another link key or network
 * - `bad-certificate`: the caller's device certificate (or descriptor, when a node calls) is not signed, or names another link key or network
 * - `version`: the other side speaks another version of the link protocol
 * - `malformed`, `too-large`: bytes that no correct peer sends
 * - `not-authentic`: a message on the finished channel was changed, repeated or lost
 * - `wrong-state`: called out of turn, or after a failure
 */
export type LinkErrorCode =
  | 'handshake'
  | 'pre-shared-key'
  | 'wrong-node'
  | 'bad-descriptor'
  | 'bad-certificate'
  | 'version'
  | 'malformed'
  | 'too-large'
  | 'not-authentic'
  | 'wrong-state';

const REASONS: Readonly<Record<LinkErrorCode, CloseReason>> = {
  handshake: 'handshake',
  'pre-shared-key': 'handshake',
  'wrong-node': 'handshake',
  'bad-descriptor': 'handshake',
  'bad-certificate': 'notAllowed',
  version: 'unsupported',
  malformed: 'malformed',
  'too-large': 'tooLarge',
  'not-authentic': 'malformed',
  'wrong-state': 'malformed',
};

/** A link that must be closed, with `closeCode`. Trying the same again does not help. */
export class LinkError extends Error {
  readonly code: LinkErrorCode;
  /** For Socket.close. */
  readonly closeCode: number;
  constructor(code: LinkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LinkError';
    this.code = code;
    this.closeCode = CLOSE[REASONS[code]].code;
  }
}

/**
 * What a lower layer's error means for a link. Anything else is a fault of this program and stays what it is.
 *
 * @param notAuthentic the code for a message that did not open
 */
export function asLinkError(error: unknown, notAuthentic: LinkErrorCode): unknown {
  if (error instanceof WireError) {
    if (error.code === 'unknown-version') return new LinkError('version', error.message, { cause: error });
    return new LinkError(error.code === 'too-large' ? 'too-large' : 'malformed', error.message, { cause: error });
  }
  if (error instanceof NoiseError) {
    if (error.code === 'too-large') return new LinkError('too-large', error.message, { cause: error });
    return new LinkError(notAuthentic, error.message, { cause: error });
  }
  if (error instanceof IdentityError || error instanceof CryptoError) {
    return new LinkError(notAuthentic, error.message, { cause: error });
  }
  return error;
}
