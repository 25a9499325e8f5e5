import type { Primitives } from '@sotto/protocol/crypto';
import { sameBytes } from '@sotto/protocol/crypto';
import { type Clock, DESCRIPTOR_SUBPROTOCOL } from '@sotto/protocol/link';
import { IdentityError, verifyDescriptor, type VerifiedDescriptor } from '@sotto/protocol/identity';
import { JoinError } from './join-error.ts';
import type { PeerDialer } from './peer-dialer.ts';

const TIMEOUT_MS = 10_000;

/**
 * Who is at an address.
 * @param pinned what a join token says about it; null: whoever answers is believed
 * @throws JoinError 'unreachable' | 'wrong-node' | 'bad-answer'
 */
export async function fetchDescriptor(
  parts: { readonly primitives: Primitives; readonly clock: Clock; readonly dialer: PeerDialer },
  url: string,
  pinned: { readonly node: Uint8Array; readonly network: Uint8Array } | null,
): Promise<VerifiedDescriptor> {
  const { primitives, clock } = parts;
  const encoded = await firstMessage(parts, url);
  try {
    const nowMs = clock.now();
    const descriptor = verifyDescriptor(primitives, encoded, { nodeId: pinned?.node ?? null, nowMs });
    if (pinned !== null && !sameBytes(descriptor.network, pinned.network)) throw new JoinError('wrong-node');
    return descriptor;
  } catch (cause) {
    if (!(cause instanceof IdentityError)) throw cause;
    throw new JoinError(cause.code === 'wrong-node' ? 'wrong-node' : 'bad-answer', { cause });
  }
}

function firstMessage({ clock, dialer }: { clock: Clock; dialer: PeerDialer }, url: string): Promise<Uint8Array> {
  const dialing = dialer.open(url, DESCRIPTOR_SUBPROTOCOL);
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      cancel();
      dialing.cancel();
      reject(new JoinError('unreachable', { cause }));
    };
    const cancel = clock.after(TIMEOUT_MS, () => fail(new Error('no answer in time')));
    dialing.socket.then((socket) => {
      socket.onClose = fail;
      socket.onMessage = (message) => {
        cancel();
        resolve(message);
        socket.close(1000, '');
      };
    }, fail);
  });
}
