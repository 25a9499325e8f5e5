import type { Readable, Writable } from 'node:stream';
import type { EngineHandle } from '../../../api.ts';

export { connectProfile } from './connect-profile.ts';
export type { ConnectOptions } from './connect-profile.ts';
export type { OpenEngine } from './profile-attachment.ts';

/**
 * `sotto rpc`: speaks JSON-RPC 2.0 (docs/rpc.md) on a pair of streams, standard input and output for instance.
 * @returns when the input has ended and every call is answered, or when nobody reads the output any more.
 */
export async function serveRpc(
  engine: Omit<EngineHandle, 'close'>,
  readable: Readable,
  writable: Writable,
): Promise<void> {
  const served = await import('./serve-rpc.ts');
  await served.serveRpc(engine, readable, writable);
}
