import {
  CLOSE,
  type Clock,
  type LinkChannel,
  LinkError,
  type LinkInitiator,
  type Socket,
  subprotocolOf,
} from '@sotto/protocol/link';
import type { VerifiedDescriptor } from '@sotto/protocol/identity';
import type { Suite } from '@sotto/protocol/noise';
import type { PeerDialer } from './peer-dialer.ts';

export interface DialParts {
  readonly dialer: PeerDialer;
  readonly clock: Clock;
  readonly url: string;
  readonly suite: Suite;
  readonly initiator: () => LinkInitiator;
  /** From the start to the finished handshake. */
  readonly timeoutMs: number;
}

export interface DialHandlers {
  /** The handshake is done. Sets the socket's handlers before it returns. @param descriptor of a certified link */
  onLink(socket: Socket, channel: LinkChannel, descriptor: VerifiedDescriptor | null): void;
  /** Once, when there will be no link. @param error of the dialer or the handshake; or what closed it */
  onFailure(error: unknown): void;
}

/** Opens a WebSocket to another node and shakes hands. @returns gives it up; nothing is called any more */
export function dialLink(parts: DialParts, handlers: DialHandlers): () => void {
  const { dialer, clock, url, suite, timeoutMs } = parts;
  const dialing = dialer.open(url, subprotocolOf(suite));
  let over = false;
  let opened: Socket | null = null;
  const end = (): boolean => {
    if (over) return false;
    over = true;
    cancelTimeOut();
    return true;
  };
  const giveUp = (closeCode: number): void => {
    if (opened === null) dialing.cancel();
    else opened.close(closeCode, '');
  };
  const fail = (error: unknown): void => {
    if (!end()) return;
    giveUp(error instanceof LinkError ? error.closeCode : CLOSE.timeOut.code);
    handlers.onFailure(error);
  };
  const cancelTimeOut = clock.after(timeoutMs, () => fail(new Error('no answer in time')));

  dialing.socket.then((socket) => {
    if (over) return;
    opened = socket;
    const initiator = parts.initiator();
    socket.onClose = (code) => {
      opened = null;
      if (end()) handlers.onFailure(new Error(`closed with ${code}`));
    };
    socket.onMessage = (message) => {
      if (over) return;
      try {
        const { reply, done } = initiator.receive(message);
        if (reply !== null) socket.send(reply);
        if (done && end()) handlers.onLink(socket, initiator.channel, initiator.descriptor);
      } catch (error) {
        fail(error);
      }
    };
    socket.send(initiator.start());
  }, fail);
  return () => {
    if (end()) giveUp(CLOSE.goingAway.code);
  };
}
