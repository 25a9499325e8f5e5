/** What a worker and the process that started it say to each other besides store and wake: rare, so as plain values. */
import type { NodeSecrets } from '../node-identity.ts';
import type { Config } from '../config/config.ts';
import type { RingState } from '../ring/ring-file.ts';
import type { ProcessFigures } from '../server/prometheus.ts';
import type { MetricsSnapshot } from './metrics-sum.ts';

/** Entry of a BatchChannel: a value. */
export const ORDER = 64;
export const REPORT = 65;

/** Both ends read the files of the program when they start: after an upgrade they may be of different versions. */
export const CHANNEL_VERSION = 1;

/** The first thing a worker hears. */
export interface StartOrder {
  readonly version: number;
  /** 1 … N */
  readonly worker: number;
  /** How many there are. */
  readonly workers: number;
  /** The port is known: it is not 0. */
  readonly config: Config;
  readonly port: number;
  readonly secrets: NodeSecrets;
  readonly tls: { readonly cert: Uint8Array; readonly key: Uint8Array; readonly ticketKeys: Uint8Array } | null;
  /** What the node knows of its network; null: it founds one. */
  readonly ring: RingState | null;
}

export type WorkerOrder =
  | { readonly order: 'start'; readonly start: StartOrder }
  /** Take nothing new, finish, end. */
  | { readonly order: 'drain' }
  /** The sum of all, for a page. */
  | { readonly order: 'page'; readonly number: number; readonly page: PageAnswer };

export type PageAnswer =
  | { readonly page: 'metrics'; readonly sum: MetricsSnapshot; readonly processes: ProcessFigures }
  | { readonly page: 'ring'; readonly text: string };

export type WorkerReport =
  | { readonly report: 'listening' }
  /** It cannot start: the reason as the system names it. */
  | { readonly report: 'failed'; readonly code: string; readonly message: string }
  | { readonly report: 'metrics'; readonly metrics: MetricsSnapshot; readonly usage: ProcessUsage }
  | { readonly report: 'page'; readonly number: number; readonly page: 'metrics' | 'ring' };

export interface ProcessUsage {
  readonly cpuUserMicros: number;
  readonly cpuSystemMicros: number;
  readonly residentBytes: number;
}
