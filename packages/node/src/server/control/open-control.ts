import type { Log } from '../../log.ts';
import { codeOf } from '../file-error.ts';
import { controlAddress } from './control-address.ts';
import { type ControlHandlers, serveControl } from './control-server.ts';

/** Lets `sotto ring …` ask this node. One that cannot be asked runs all the same. */
export async function openControl(
  dataDir: string,
  handlers: ControlHandlers,
  log: Log,
): Promise<{ close(): void } | null> {
  const address = controlAddress(dataDir);
  if (address === null) return null;
  try {
    return await serveControl(address, handlers);
  } catch (error) {
    log.warn('no-control-socket', { code: codeOf(error) });
    return null;
  }
}
