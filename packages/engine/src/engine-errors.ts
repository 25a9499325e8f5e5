/** What callers of the engine see of a fault: a code, and words for the person. */
import type { IdentityError } from '@sotto/protocol/identity';
import { EngineError } from './api.ts';
import { ConnectionError } from './connection/index.ts';
import { StoreError } from './ports.ts';
import { inWords, say } from './sentences/say.ts';
import type { SentenceName } from './sentences/sentences.ts';

/** Never loses the cause; never shows a secret. */
export function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof StoreError) {
    if (error.code === 'disk-full') {
      return new EngineError('disk-full', say('disk-full'), true, { cause: error });
    }
    return new EngineError('failed', say('database-unusable'), error.code === 'busy', { cause: error });
  }
  if (error instanceof ConnectionError) {
    if (error.code === 'wrong-node' || error.code === 'not-allowed' || error.code === 'wrong-psk') {
      const code = error.code === 'wrong-node' ? 'wrong-node' : 'not-allowed';
      return new EngineError(code, error.spoken, false, { cause: error });
    }
    const code = error.code === 'unreachable' || error.code === 'offline' ? 'unreachable' : 'try-later';
    return new EngineError(error.retry ? code : 'unreachable', error.spoken, error.retry, { cause: error });
  }
  return new EngineError('failed', say('failed'), false, { cause: error });
}

/** What is wrong with what was given: an address, an invite, a code, words. */
export function ofIdentity(error: IdentityError): EngineError {
  const name = OF_IDENTITY[error.code] ?? 'identity-not-proven';
  return new EngineError('bad-input', inWords(error.message, say(name, error.values)), false, { cause: error });
}

const OF_IDENTITY: Partial<Record<IdentityError['code'], SentenceName>> = {
  'bad-address': 'address-malformed',
  'bad-invite': 'invite-malformed',
  'bad-link-code': 'link-code-malformed',
  expired: 'link-code-expired',
  'bad-url': 'node-url-malformed',
  'phrase-length': 'phrase-length',
  'phrase-word': 'phrase-word',
  'phrase-checksum': 'phrase-checksum',
};
