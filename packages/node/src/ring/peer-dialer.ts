import type { Socket } from '@sotto/protocol/link';

/** Opens WebSockets to other nodes: `ws` in a process, virtual sockets in tests. */
export interface PeerDialer {
  /** Its `socket` rejects when there is no connection, within the platform's time-out or after cancel(). */
  open(url: string, subprotocol: string): PeerDialing;
}

export interface PeerDialing {
  readonly socket: Promise<Socket>;
  cancel(): void;
}
