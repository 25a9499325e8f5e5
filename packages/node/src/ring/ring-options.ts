import { EPOCH_SECONDS } from '@sotto/protocol/ring';
import type { PeerDialer } from './peer-dialer.ts';
import { memoryRingFile, type RingFile } from './ring-file.ts';

/** Who is let into the ring by this node: whoever shows a join token, or anybody who asks. */
export type Admits = 'invite' | 'anyone';

/** How a node takes part in its ring. */
export interface RingOptions {
  /** null: this node calls nobody. It still answers. */
  readonly dialer: PeerDialer | null;
  readonly file: RingFile;
  /** Of a network that this node founds; one that it joined has its own. */
  readonly epochSeconds: number;
  readonly admits: Admits;
}

/** A node on its own. */
export const ringOfOne = (): RingOptions => ({
  dialer: null,
  file: memoryRingFile(),
  epochSeconds: EPOCH_SECONDS,
  admits: 'invite',
});
