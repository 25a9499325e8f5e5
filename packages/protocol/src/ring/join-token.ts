import { base64urlnopad } from '@scure/base';
import { checkRoute } from '../identity/index.ts';
import { create, decodeJoinToken, encode, JoinTokenSchema, WireError } from '../wire/index.ts';
import { RingError } from './ring-error.ts';

const MARK = 'sotto-join:';
const MAX_TEXT_LENGTH = 8192;

/** What `sotto ring invite` prints: lets one node in, once. Secret until it was used. */
export interface JoinToken {
  /** Network id, 32 B. */
  readonly network: Uint8Array;
  /** Of the member that printed it, 1 to 4. */
  readonly urls: readonly string[];
  /** That member's node id, 32 B. */
  readonly node: Uint8Array;
  /** 16 B. */
  readonly secret: Uint8Array;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** `sotto-join:<base64url of JoinToken>` (RING-12). */
export function encodeJoinToken(token: JoinToken): string {
  const { network, urls, node, secret, expires } = token;
  const fields = { version: 1, network, urls: [...urls], node, secret, expires: BigInt(expires) };
  return MARK + base64urlnopad.encode(encode(JoinTokenSchema, create(JoinTokenSchema, fields)));
}

/** Whether a text claims to be a join token, rather than a node's address. */
export const isJoinToken = (text: string): boolean => text.trim().toLowerCase().startsWith(MARK);

/**
 * White space and line breaks do not matter.
 * @throws RingError('malformed' | 'unknown-version' | 'expired') whose text never repeats the token
 */
export function parseJoinToken(text: string, nowMs: number): JoinToken {
  if (text.length > MAX_TEXT_LENGTH) throw new RingError('malformed', 'The join token is too long.');
  const joined = text.replace(/\s+/g, '');
  if (!isJoinToken(joined)) {
    throw new RingError('malformed', 'This is not a join token: one begins with "sotto-join:".');
  }
  const token = decoded(joined.slice(MARK.length));
  if (nowMs >= token.expires * 1000) {
    throw new RingError('expired', 'The join token is too old: ask for another one.');
  }
  return token;
}

function decoded(payload: string): JoinToken {
  try {
    const { expires, secret, ...message } = decodeJoinToken(base64urlnopad.decode(payload));
    const { network, node, urls } = checkRoute(message);
    return { network, node, urls, secret, expires: Number(expires) };
  } catch (cause) {
    const isVersion = cause instanceof WireError && cause.code === 'unknown-version';
    throw new RingError(
      isVersion ? 'unknown-version' : 'malformed',
      isVersion
        ? 'The join token is of a version not known here.'
        : 'The join token is damaged: it was cut or mistyped.',
    );
  }
}
