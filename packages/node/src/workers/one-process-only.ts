import { sameBytes } from '@sotto/protocol/crypto';
import { decodeNodeDescriptor, decodeNodeDescriptorBody } from '@sotto/protocol/wire';
import { type Config, ConfigError } from '../config/config.ts';
import type { RingState } from '../ring/ring-file.ts';
import type { ControlHandlers } from '../server/control/control-server.ts';

const refused = (text: string): ConfigError => new ConfigError('bad-value', `--workers: ${text}`);

/** What several workers cannot do (OPS-47). @throws ConfigError */
export function refuseWhatNeedsOneProcess({ join, leave, pskFile, console }: Config): void {
  if (join.length > 0 || leave) {
    throw refused(
      'a member of a ring of several nodes runs in one process; leave out --workers, or --join and --leave.',
    );
  }
  if (console === true) {
    throw refused('announcements (--console) reach the guests of one process; leave out --workers, or --console.');
  }
  if (pskFile !== null) {
    throw refused(
      'a private room (--psk-file) runs in one process: all its guests must see each other; leave out --workers.',
    );
  }
}

/** @throws ConfigError when the node was in a ring with others before */
export function refuseRing(state: RingState | null, nodeId: Uint8Array): void {
  const isOwn = (encoded: Uint8Array): boolean =>
    sameBytes(decodeNodeDescriptorBody(decodeNodeDescriptor(encoded).body).node, nodeId);
  if (state === null || state.descriptors.every(isOwn)) return;
  throw refused('this node is a member of a ring of several nodes, and runs in one process; leave out --workers.');
}

/** Linux, FreeBSD 12 and their like do; macOS and Windows do not. */
export const noSharedPorts = (): ConfigError =>
  refused('this system cannot share one port between processes; leave out --workers.');

/** `sotto ring …` of a node with several workers: it can be looked at, and stays alone. */
export function controlAlone(operations: ControlHandlers): ControlHandlers {
  return {
    status: () => operations.status(),
    invite: () => {
      throw new Error('this node runs several workers, and lets no other node in; start it without --workers first');
    },
    leave: (onProgress) => operations.leave(onProgress),
  };
}
