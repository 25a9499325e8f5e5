import { IdentityError } from '@sotto/protocol/identity';
import { CLOSE, LinkError } from '@sotto/protocol/link';
import { DialError } from '../ports.ts';
import { ConnectionError } from './connection-error.ts';
import type { ConnectionErrorCode } from './connection-error.ts';
import { say } from '../sentences/say.ts';
import type { Spoken } from '../sentences/say.ts';

/** What failures of the layers below mean to whoever wants a link, in words for the person. */

export const wrongNode = (cause?: unknown): ConnectionError =>
  new ConnectionError('wrong-node', say('node-wrong-node'), { cause });

/** In the place of a close code: the entry of a tunnel does not reach the node (TunnelClose.code). */
const NOT_REACHED = 0;

/** What a close code means (LNKC-6). @param retryMs of the node's Closing, else 0 */
export function errorOfClose(code: number, retryMs: number): ConnectionError {
  switch (code) {
    case CLOSE.handshake.code:
      return new ConnectionError('handshake', 'The node did not accept the handshake.');
    case CLOSE.notAllowed.code:
      return new ConnectionError('not-allowed', 'The node does not let this account in.');
    case CLOSE.replaced.code:
      return new ConnectionError('replaced', 'This device is connected from somewhere else as well.');
    case CLOSE.unsupported.code:
      return new ConnectionError('version', 'The node does not speak this version. Update this program, or the node.');
    case CLOSE.tooMany.code:
      return new ConnectionError('too-many', 'The node has too many connections.', { retryMs });
    case CLOSE.goingAway.code:
      return new ConnectionError('going-away', 'The node is going away for a while.', { retryMs });
    case CLOSE.malformed.code:
    case CLOSE.tooLarge.code:
      return new ConnectionError('protocol', 'The node did not understand a message.', { retryMs });
    case NOT_REACHED:
      return new ConnectionError('not-reached', say('node-not-reached'), { retryMs });
    default:
      return new ConnectionError('unreachable', say('node-lost'), { retryMs });
  }
}

const OF_DIAL: Readonly<Record<DialError['code'], ConnectionErrorCode>> = {
  unreachable: 'unreachable',
  'refused-subprotocol': 'version',
  tls: 'tls',
  'bad-url': 'bad-url',
  cancelled: 'closed',
};

export function toConnectionError(error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error;
  if (error instanceof DialError) {
    return new ConnectionError(OF_DIAL[error.code], `The node cannot be reached: ${error.message}.`, { cause: error });
  }
  if (error instanceof LinkError) return ofLinkError(error);
  if (error instanceof IdentityError) {
    if (error.code === 'wrong-node') return wrongNode(error);
    return new ConnectionError('handshake', error.message, { cause: error });
  }
  return new ConnectionError('handshake', 'No link to the node came about.', { cause: error });
}

function ofLinkError(error: LinkError): ConnectionError {
  switch (error.code) {
    case 'wrong-node':
      return wrongNode(error);
    case 'pre-shared-key':
      return wrongPsk(say('node-wrong-psk'), error);
    case 'version':
      return new ConnectionError('version', 'The node speaks another version. Update this program, or the node.', {
        cause: error,
      });
    case 'handshake':
    case 'bad-descriptor':
    case 'bad-certificate':
      return new ConnectionError('handshake', 'What answers at this address cannot prove to be the node.', {
        cause: error,
      });
    case 'malformed':
    case 'too-large':
    case 'not-authentic':
    case 'wrong-state':
      return new ConnectionError('protocol', 'The node sent something that is not of the protocol.', { cause: error });
  }
}

export const wrongPsk = (message: Spoken, cause?: unknown): ConnectionError =>
  new ConnectionError('wrong-psk', message, { cause });

/**
 * Of what went wrong at two URLs of one node, what to report. That something can be put right says more than that
 * nobody answers; but a strange node at a further URL says only that this URL (often one of a private network) means
 * something else here.
 */
export function moreTelling(first: ConnectionError, next: ConnectionError): ConnectionError {
  return first.code === 'unreachable' && next.code !== 'wrong-node' ? next : first;
}
