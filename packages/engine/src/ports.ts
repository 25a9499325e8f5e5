/**
 * What the engine needs from a platform: each a small interface with one contract suite.
 * Real implementations live in `platform/`, virtual ones in the simulator.
 */
import type { Clock, Socket } from '@sotto/protocol/link';
import type { Primitives, Random } from '@sotto/protocol/crypto';

export type { Clock, Socket } from '@sotto/protocol/link';
export type { Primitives, Random } from '@sotto/protocol/crypto';

/** Opens WebSockets. */
export interface Dialer {
  /**
   * @param url ws:// or wss:// address of a node
   * @param subprotocol the one WebSocket subprotocol offered
   * Its `socket` rejects with DialError when there is no connection within the platform's time-out, or after cancel().
   */
  open(url: string, subprotocol: string): Dialing;
}

export interface Dialing {
  readonly socket: Promise<Socket>;
  cancel(): void;
}

export type DialErrorCode = 'unreachable' | 'refused-subprotocol' | 'tls' | 'bad-url' | 'cancelled';

export class DialError extends Error {
  readonly code: DialErrorCode;
  constructor(code: DialErrorCode, message: string) {
    super(message);
    this.name = 'DialError';
    this.code = code;
  }
}

export type SqlValue = null | number | bigint | string | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

/** A result that is certainly not a promise: an async callback does not compile. */
export type NotPromise<T> = T extends PromiseLike<unknown> ? never : T;

/** The client's SQLite database: one schema on every platform, synchronous. */
export interface ClientStore {
  /** Runs one statement without a result. */
  run(sql: string, ...values: SqlValue[]): void;
  get(sql: string, ...values: SqlValue[]): SqlRow | undefined;
  all(sql: string, ...values: SqlValue[]): SqlRow[];
  /**
   * Everything `body` wrote is on the disk when this returns, or nothing is (it threw). Not nestable.
   * @throws StoreError
   */
  transaction<T>(body: () => NotPromise<T>): T;
  close(): void;
}

/** A database that is never on the disk. */
export interface MemoryStore extends ClientStore {
  /** All of it as bytes, for openMemoryStore() of the same platform. */
  image(): Uint8Array;
}

/** How the database key is kept: beside the database, by a key of the browser, wrapped by a passphrase or the system's keyring, or nowhere. */
export type KeyProtection = 'file' | 'browser' | 'passphrase' | 'keyring' | 'memory';

export type StoreErrorCode = 'disk-full' | 'busy' | 'corrupt' | 'failed';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** Everything an engine is given by its platform. No field is optional: a forgotten one must not compile. */
export interface Platform {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly clock: Clock;
  readonly dialer: Dialer;
  readonly store: ClientStore;
  /**
   * A private database that is never on the disk: the search index lives there.
   * @param image what it begins with; none: empty
   * @throws StoreError('corrupt') when `image` is none
   */
  openMemoryStore(image?: Uint8Array): MemoryStore;
  /** 32 B: seals the rows of the store. */
  readonly databaseKey: Uint8Array;
  readonly keyProtection: KeyProtection;
  /** How much more the disk takes; null when the platform cannot tell, or nothing is on a disk. */
  freeBytes(): number | null;
}
