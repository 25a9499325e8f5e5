import { describe } from 'vitest';
import type * as SignalPeer from './signal-device.ts';

/** What tests use of the peer. */
export type Peer = typeof SignalPeer;

const NOT_HERE = /No native build was found|Cannot find (package|module) '@signalapp\/libsignal-client'/;

/**
 * null: Signal's library has no build for this machine, or was not installed. That is no reason to fail where
 * somebody just builds Sotto, but continuous integration exists to run it.
 */
async function loadPeer(): Promise<Peer | null> {
  try {
    return await import('./signal-device.ts');
  } catch (error) {
    if (!(error instanceof Error) || !NOT_HERE.test(error.message)) throw error;
    const line = `Signal's library does not run here (${process.platform}-${process.arch}): interoperation is not tested`;
    if (process.env['CI'] !== undefined) throw new Error(line, { cause: error });
    console.warn(line);
    return null;
  }
}

const peer = await loadPeer();

/** describe() of tests that need Signal's library. */
export function describeWithPeer(body: (peer: Peer) => void): void {
  describe.skipIf(peer === null)('with Signal’s library', () => {
    if (peer !== null) body(peer);
  });
}
