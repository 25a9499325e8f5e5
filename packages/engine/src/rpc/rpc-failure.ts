import { EngineError } from '../api.ts';
import { StoreError } from '../ports.ts';
import { RPC_ERRORS, failure } from './json-rpc.ts';
import type { RpcId, RpcResponse } from './json-rpc.ts';

/** What a caller is told of an error (RPC-4). */
export function failureOf(id: RpcId, error: unknown): RpcResponse {
  if (error instanceof EngineError) {
    return failure(id, RPC_ERRORS.engine, error.message, {
      code: error.code,
      retry: error.retry,
      ...(error.said === undefined ? {} : { said: error.said }),
    });
  }
  if (error instanceof StoreError && error.code === 'disk-full') {
    return failure(id, RPC_ERRORS.engine, 'The disk is full', {
      code: 'disk-full',
      retry: true,
      said: [{ name: 'disk-full' }],
    });
  }
  // The text of an unforeseen error may hold what must not leave the engine.
  return failure(id, RPC_ERRORS.internal, 'Internal error', { code: 'failed', retry: false });
}
