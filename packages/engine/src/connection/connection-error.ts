import type { RefusalCode } from '@sotto/protocol/wire';
import type { Spoken } from '../sentences/say.ts';

/**
 * Why a node could not be reached, or did not do what it was asked. Rules: docs/protocol/connection.md.
 * - `unreachable`: no connection to any URL of the node within the time-out
 * - `not-reached`: the entry of a tunnel says that it does not reach the node
 * - `tls`: the node's TLS certificate is not acceptable
 * - `bad-url`: not a ws:// or wss:// URL, or a node without any
 * - `handshake`: there is something at the URL, but no link came about
 * - `wrong-node`: another node answers at this URL than the one this profile or contact knows
 * - `wrong-psk`: the node wants a pre-shared key, another one, or none
 * - `version`: the node does not speak a version of the protocol that this program knows
 * - `not-allowed`: the node does not let this account or address in
 * - `replaced`: the same device connected from somewhere else
 * - `going-away`: the node is shutting down or overloaded and asks to come back later
 * - `too-many`: too many connections or attempts
 * - `protocol`: the node sent something malformed
 * - `disconnected`: the link ended while the request was under way: it may have been carried out, or not
 * - `timeout`: no answer in time: it may have been carried out, or not
 * - `busy`: too many requests are waiting on this side
 * - `refused`: the node answered with a refusal, see `refusal`
 * - `offline`: there is no link now
 * - `closed`: this side closed the connection
 */
export type ConnectionErrorCode =
  | 'unreachable'
  | 'not-reached'
  | 'tls'
  | 'bad-url'
  | 'handshake'
  | 'wrong-node'
  | 'wrong-psk'
  | 'version'
  | 'not-allowed'
  | 'replaced'
  | 'going-away'
  | 'too-many'
  | 'protocol'
  | 'disconnected'
  | 'timeout'
  | 'busy'
  | 'refused'
  | 'offline'
  | 'closed';

export class ConnectionError extends Error {
  readonly code: ConnectionErrorCode;
  /** Whether the same can succeed later without anybody changing anything. */
  readonly retry: boolean;
  /** Do not try again before, when the node said so; else 0. */
  readonly retryMs: number;
  /** What the node answered, of `refused`; else null. */
  readonly refusal: RefusalCode | null;
  /** Of the refusal OLDER: the time, in ms since 1970, that what is signed anew must be later than; else null. */
  readonly laterThan: number | null;
  /** The same in words that others can say in their own; at least what the code means. */
  readonly spoken: Spoken;

  constructor(
    code: ConnectionErrorCode,
    message: string | Spoken,
    options: {
      retryMs?: number;
      refusal?: RefusalCode;
      laterThan?: number | undefined;
      retry?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(
      typeof message === 'string' ? message : message.text,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'ConnectionError';
    this.code = code;
    this.retry = options.retry ?? !HOPELESS.has(code);
    this.retryMs = options.retryMs ?? 0;
    this.refusal = options.refusal ?? null;
    this.laterThan = options.laterThan ?? null;
    this.spoken = typeof message === 'string' ? { text: message, said: [{ name: `node-${code}` }] } : message;
  }
}

const HOPELESS: ReadonlySet<ConnectionErrorCode> = new Set([
  'tls',
  'bad-url',
  'wrong-node',
  'wrong-psk',
  'version',
  'not-allowed',
  'replaced',
  'refused',
  'closed',
]);
