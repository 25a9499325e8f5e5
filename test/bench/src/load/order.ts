import type { ServerReady } from '../measure.ts';
import type { Quantiles } from '../statistics.ts';

/** What a load process is to do. */
export interface LoadOrder {
  readonly server: ServerReady;
  readonly dialect: 'sotto' | 'ws' | 'mqtt' | 'xmpp';
  readonly load: 'relay' | 'store' | 'idle' | 'storm' | 'mixed';
  /** Nothing is acknowledged nor kept: the closest to what a bare relay does. */
  readonly live?: boolean;
  /** Relay, mixed: of one sender and one recipient. Others: recipients. */
  readonly pairs: number;
  /** Messages in flight of each sender. */
  readonly window?: number;
  /** Messages a second of all senders together, sent when they are due whatever comes back; 0: as fast as answers come. */
  readonly rate?: number;
  readonly bodyBytes?: number;
  /** 0: until the parent says so. */
  readonly seconds?: number;
  /** Open loop that sleeps between messages: up to 1 ms late, but it leaves the processor to others. */
  readonly patient?: boolean;
  /** Of the first recipient, where several loads share a server. */
  readonly firstIndex?: number;
  /** For each recipient who is away. */
  readonly perRecipient?: number;
  readonly localAddress?: string;
  /** Time to settle before the measurement, ms. */
  readonly warmUpMs?: number;
}

export type Mark = 'begin' | 'end' | 'stored' | 'delivered' | 'idle' | 'dropped' | 'back';

/** What a load saw. Times of messages in µs from when they were due, others in seconds. */
export interface Seen {
  readonly messages: number;
  readonly seconds: number;
  readonly latency?: Quantiles;
  readonly deliverSeconds?: number;
  /** load 'mixed': of stored messages; of a person's whole backlog, ms. */
  readonly storedLatency?: Quantiles;
  readonly backlogMs?: Quantiles;
  /** load 'idle': why not all that were wanted are there, one of the reasons. */
  readonly refused?: string;
}

/** `mark`s are sent where the server's use of the processor is to be read; the load goes on when it was. */
export type LoadReport = { readonly mark: Mark } | ({ readonly done: true } & Seen);
