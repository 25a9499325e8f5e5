import type { ServerReady } from '../measure.ts';

/** How a load talks to one kind of server: the same loads run against Sotto and its peers. */
export interface Dialect<R extends Recipient> {
  /** Known to the server from now on, but not there. `index` is unique in a run. */
  register(index: number): Promise<R>;
  /** @param onAnswer the server took responsibility for so many messages; not `accepted`: it was too busy for them */
  sender(index: number, onAnswer: (count: number, accepted: boolean) => void): Promise<Sender<R>>;
}

export interface Recipient {
  /** Comes; what waits is pushed at once. Called with when each message was sent. A message is acknowledged when the call returns. */
  attach(onMessage: (sentAt: number) => void): Promise<void>;
  /** Goes. It can come again. */
  leave(): void;
}

export interface Sender<R extends Recipient> {
  /** Leaves with what else is sent in this turn. @param sentAt µs; the recipient is told */
  send(to: R, sentAt: number): void;
}

export interface DialectOptions {
  readonly server: ServerReady;
  /** Nothing is acknowledged nor kept: what is closest to a bare relay. MQTT: quality of service 0 instead of 1. */
  readonly live: boolean;
  readonly bodyBytes: number;
  /** Which address of this machine the connections come from: each has its own 28,000 ports. */
  readonly localAddress: string;
}

/** The port for the connection with this number. */
export function portFor({ port, morePorts = [] }: ServerReady, index: number): number {
  return [port, ...morePorts][index % (1 + morePorts.length)] ?? port;
}
