import { sameBytes } from '@sotto/protocol/crypto';
import { verifyDescriptor } from '@sotto/protocol/identity';
import type { VerifiedDescriptor } from '@sotto/protocol/identity';
import { CLOSE, DESCRIPTOR_SUBPROTOCOL } from '@sotto/protocol/link';
import type { Dialing } from '../ports.ts';
import { ConnectionError } from './connection-error.ts';
import type { ConnectionPlatform, NodeRoute } from './connection.ts';
import { errorOfClose, toConnectionError, wrongNode, wrongPsk } from './link-failure.ts';
import { say } from '../sentences/say.ts';

const ANSWER_MS = 10_000;

export interface Discovery {
  /** Rejects with ConnectionError: `wrong-node` when it is not the pinned one. */
  readonly descriptor: Promise<VerifiedDescriptor>;
  readonly cancel: () => void;
}

/** As discoverNode(), to be given up at will. */
export function startDiscovery(platform: ConnectionPlatform, url: string, pinnedNode: Uint8Array | null): Discovery {
  const dialing = platform.dialer.open(url, DESCRIPTOR_SUBPROTOCOL);
  return { descriptor: readDescriptor(platform, dialing, pinnedNode), cancel: () => dialing.cancel() };
}

/**
 * Asks a URL which node is there. The descriptor is signed by the node it names, and by nobody else: without
 * `pinnedNode` it is trust on first use.
 * @throws ConnectionError: `wrong-node` when it is not the pinned one
 */
export async function discoverNode(wanted: {
  readonly platform: ConnectionPlatform;
  readonly url: string;
  /** Node id, 32 B; null: whichever is there. */
  readonly pinnedNode: Uint8Array | null;
}): Promise<VerifiedDescriptor> {
  return await startDiscovery(wanted.platform, wanted.url, wanted.pinnedNode).descriptor;
}

async function readDescriptor(
  platform: ConnectionPlatform,
  dialing: Dialing,
  pinnedNode: Uint8Array | null,
): Promise<VerifiedDescriptor> {
  try {
    const socket = await dialing.socket;
    const message = await new Promise<Uint8Array>((resolve, reject) => {
      const cancelTimeout = platform.clock.after(ANSWER_MS, () => {
        socket.close(CLOSE.timeOut.code, '');
        reject(new ConnectionError('unreachable', 'The node does not answer.'));
      });
      socket.onMessage = (first) => {
        cancelTimeout();
        socket.close(1000, '');
        resolve(first);
      };
      socket.onClose = (code) => {
        cancelTimeout();
        reject(errorOfClose(code, 0));
      };
    });
    return verifyDescriptor(platform.primitives, message, { nodeId: pinnedNode, nowMs: platform.clock.now() });
  } catch (error) {
    throw toConnectionError(error);
  }
}

/**
 * Why no link came about, told from what the node at the URL says of itself: another node or network, a pre-shared
 * key too many or too few. It is only an explanation: nothing is believed because of it (LNKC-9).
 * @param onOpening told how to give up what is under way
 */
export async function explainFailure(
  platform: ConnectionPlatform,
  route: NodeRoute,
  url: string,
  error: ConnectionError,
  onOpening: (cancel: () => void) => void,
): Promise<ConnectionError> {
  if (error.code !== 'handshake' && error.code !== 'version' && error.code !== 'wrong-psk') return error;
  let descriptor: VerifiedDescriptor;
  try {
    const discovery = startDiscovery(platform, url, route.node);
    onOpening(discovery.cancel);
    descriptor = await discovery.descriptor;
  } catch (reason) {
    return reason instanceof ConnectionError && reason.code === 'wrong-node' ? reason : error;
  }
  if (!sameBytes(descriptor.network, route.network)) return wrongNode(error);
  const needsPsk = descriptor.capabilities.includes('psk');
  if (needsPsk && route.psk === null) {
    return wrongPsk(say('node-needs-psk'), error);
  }
  if (!needsPsk && route.psk !== null) {
    return wrongPsk(say('node-takes-no-psk'), error);
  }
  return error;
}
