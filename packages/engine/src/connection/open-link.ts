import { CLOSE, LinkError, LinkInitiator, subprotocolOf } from '@sotto/protocol/link';
import type { LinkIdentity } from '@sotto/protocol/link';
import type { NoiseCipher, Suite } from '@sotto/protocol/noise';
import type { Socket } from '../ports.ts';
import { ConnectionError } from './connection-error.ts';
import type { ConnectionPlatform, NodeRoute } from './connection.ts';
import { errorOfClose, toConnectionError } from './link-failure.ts';
import { NodeLink } from './node-link.ts';
import type { LinkEvents } from './node-link.ts';

const HANDSHAKE_MS = 10_000;

export interface LinkRequest {
  readonly platform: ConnectionPlatform;
  readonly route: NodeRoute;
  /** One of the route's. */
  readonly url: string;
  readonly cipher: NoiseCipher | null;
  /** Certified (XX) with an identity, anonymous (NK) with the node's link key. */
  readonly proof: { readonly identity: LinkIdentity } | { readonly remoteLinkKey: Uint8Array };
  readonly events: LinkEvents;
}

export interface OpeningLink {
  /** Rejects with ConnectionError. */
  readonly link: Promise<NodeLink>;
  readonly cancel: () => void;
}

/** Dials and does the handshake (LNKC-8). Neither the link nor its events are heard of after cancel(). */
export function openLink(wanted: LinkRequest): OpeningLink {
  const suite = suiteFor(wanted);
  const dialing = wanted.platform.dialer.open(wanted.url, subprotocolOf(suite));
  const { promise, resolve, reject } = Promise.withResolvers<NodeLink>();
  let socket: Socket | null = null;
  let cancelled = false;
  dialing.socket.then(
    (opened) => {
      if (cancelled) {
        opened.close(1000, '');
        return;
      }
      socket = opened;
      try {
        shakeHands(wanted, suite, opened, resolve, (error) => reject(toConnectionError(error)));
      } catch (error) {
        // The route holds keys that no handshake can be made of.
        opened.close(1000, '');
        reject(toConnectionError(error));
      }
    },
    (error: unknown) => reject(toConnectionError(error)),
  );
  return {
    link: promise,
    cancel() {
      cancelled = true;
      reject(new ConnectionError('closed', 'The attempt was given up.'));
      if (socket === null) dialing.cancel();
      else socket.close(1000, '');
    },
  };
}

function suiteFor({ route, cipher, proof }: LinkRequest): Suite {
  const base = 'identity' in proof ? 'XX' : 'NK';
  // Private rooms are promised the suite of AES-GCM (crypto.md, "Link channel").
  return route.psk === null
    ? { pattern: base, cipher: cipher ?? 'ChaChaPoly' }
    : { pattern: `${base}psk2`, cipher: cipher ?? 'AESGCM' };
}

function shakeHands(
  wanted: LinkRequest,
  suite: Suite,
  socket: Socket,
  onLink: (link: NodeLink) => void,
  onError: (error: unknown) => void,
): void {
  const { platform, route, proof } = wanted;
  const initiator = new LinkInitiator({
    primitives: platform.primitives,
    random: platform.random,
    suite,
    network: route.network,
    nodeId: 'identity' in proof ? route.node : null,
    nowMs: platform.clock.now(),
    psk: route.psk,
    identity: 'identity' in proof ? proof.identity : null,
    remoteLinkKey: 'remoteLinkKey' in proof ? proof.remoteLinkKey : null,
  });
  const fail = (error: unknown, closeCode: number): void => {
    cancelTimeout();
    socket.onMessage = () => undefined;
    socket.onClose = () => undefined;
    socket.close(closeCode, '');
    onError(error);
  };
  const cancelTimeout = platform.clock.after(HANDSHAKE_MS, () => {
    fail(new ConnectionError('unreachable', 'The node does not answer.'), CLOSE.timeOut.code);
  });
  socket.onClose = (code) => {
    cancelTimeout();
    onError(errorOfClose(code, 0));
  };
  socket.onMessage = (message) => {
    try {
      const { reply, done } = initiator.receive(message);
      if (reply !== null) socket.send(reply);
      if (!done) return;
    } catch (error) {
      fail(error, error instanceof LinkError ? error.closeCode : CLOSE.handshake.code);
      return;
    }
    cancelTimeout();
    // In this turn: the node's next message is the channel's.
    const capabilities = initiator.descriptor?.capabilities ?? [];
    onLink(new NodeLink(socket, initiator.channel, capabilities, platform.clock, wanted.events));
  };
  socket.send(initiator.start());
}
