/** What callers of the engine see of a fault: a code, and words for the person. */
import { EngineError } from './api.ts';
import { ConnectionError } from './connection/index.ts';
import { StoreError } from './ports.ts';

/** Never loses the cause; never shows a secret. */
export function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof StoreError) {
    if (error.code === 'disk-full') {
      const words = 'The disk of this device is full. Nothing was changed. Make room, then try again.';
      return new EngineError('disk-full', words, true, { cause: error });
    }
    const words =
      'The database of this profile cannot be used just now. Nothing was changed. Try again; if it stays so, start Sotto anew.';
    return new EngineError('failed', words, error.code === 'busy', { cause: error });
  }
  if (error instanceof ConnectionError) {
    if (error.code === 'wrong-node' || error.code === 'not-allowed' || error.code === 'wrong-psk') {
      const code = error.code === 'wrong-node' ? 'wrong-node' : 'not-allowed';
      return new EngineError(code, error.message, false, { cause: error });
    }
    const code = error.code === 'unreachable' || error.code === 'offline' ? 'unreachable' : 'try-later';
    return new EngineError(error.retry ? code : 'unreachable', error.message, error.retry, { cause: error });
  }
  return new EngineError('failed', 'Something went wrong inside Sotto. Nothing was sent.', false, { cause: error });
}
