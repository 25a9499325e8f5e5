import type { Limits } from '../limits.ts';
import type { DatabaseUrl, StoreKind } from '../store/open-store.ts';

/** What is in force: flags over environment over file over defaults. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  readonly data: string;
  /** Given explicitly: also a live node then keeps its identity there. */
  readonly dataGiven: boolean;
  /** An address of a database may hold a password. */
  readonly store: StoreKind | DatabaseUrl | 'none';
  /** Joins the edges that share a database; null: nothing does. May hold a password. */
  readonly redis: string | null;
  /** Where the node's keys are; null: in the data directory. */
  readonly identityFile: string | null;
  readonly pskFile: string | null;
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
  readonly publicUrl: string | null;
  /** Join tokens or addresses of members; empty: the node stays in its own network, or the one it joined. */
  readonly join: readonly string[];
  /** Who is let into the network here. */
  readonly admit: 'invite' | 'anyone';
  /** Who sees the pages /metrics and /ring. */
  readonly watchers: 'local' | 'anyone';
  /** Of a network that this node founds. */
  readonly epochSeconds: number;
  /** Hand over what is kept here, then stop. */
  readonly leave: boolean;
  /** Folder of the built web client; null: none is served. */
  readonly web: string | null;
  /** Proxies whose word counts on where somebody comes from; empty: nobody's. */
  readonly trustedProxies: readonly string[];
  readonly durability: 'disk' | 'standby';
  /** Of this process, when the store is a database. */
  readonly databaseConnections: number;
  /** Processes that share the port: 1 is the node alone. */
  readonly workers: number;
  readonly console: boolean | null;
  readonly json: boolean;
  /** One message in so many has its stages timed; 0: none. */
  readonly traceEvery: number;
  readonly logLevel: LogLevel;
  /** Lengths an envelope's body may have. */
  readonly bodySizes: readonly number[];
  readonly limits: Partial<Limits>;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export type ConfigErrorCode = 'usage' | 'bad-value';

/** A configuration that cannot be used. The text names the key, what was given and what is allowed. */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;
  constructor(code: ConfigErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigError';
    this.code = code;
  }
}
