import type { Clock } from '@sotto/protocol/link';
import { RelayStoreError } from '../relay-store.ts';
import { away, callError } from './database-error.ts';
import { type DatabaseAddress } from './database-url.ts';
import { type ConnectOptions, Connection } from './connection.ts';

export interface ConnectionsOptions {
  readonly address: DatabaseAddress;
  readonly connect: ConnectOptions;
  /** At most so many at a time. */
  readonly size: number;
  /** Whoever does not get one for so long is told that the database is away. */
  readonly waitMs: number;
  readonly clock: Clock;
}

/** After a failure nobody tries for so long, and then for twice as long. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

interface Waiting {
  take(connection: Connection): void;
  fail(error: unknown): void;
}

/** Connections that are opened when they are needed and kept; those that broke are replaced. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  /** Open or being opened. */
  #count = 0;
  #waiting: Waiting[] = [];
  /** The host that answered last is asked first. */
  #host = 0;
  #pauseMs = 0;
  #pausedUntil = 0;
  #closed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` with a connection of its own.
   * @throws RelayStoreError 'away' when there is none, and whatever `work` throws
   */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.#acquire();
    try {
      return await work(connection);
    } finally {
      this.#release(connection);
    }
  }

  /** Ends all of them; those in use without waiting for them. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.fail(closed());
    const idle = new Set(this.#idle);
    const ends: Promise<void>[] = [];
    for (const connection of this.#all) {
      if (idle.has(connection)) ends.push(connection.end());
      else connection.destroy();
    }
    this.#all.clear();
    await Promise.allSettled(ends);
  }

  #acquire(): Promise<Connection> {
    if (this.#closed) return Promise.reject(closed());
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.broken) return Promise.resolve(idle);
      this.#forget(idle);
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        take: (connection) => {
          cancel();
          resolve(connection);
        },
        fail: (error) => {
          cancel();
          reject(callError(error));
        },
      };
      const cancel = this.#options.clock.after(this.#options.waitMs, () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(away('all connections are busy'));
      });
      this.#waiting.push(waiting);
      this.#grow();
    });
  }

  /** Opens one more when somebody waits for it. */
  #grow(): void {
    if (this.#closed || this.#waiting.length === 0 || this.#count >= this.#options.size) return;
    if (this.#options.clock.now() < this.#pausedUntil) {
      // Those who wait for one in use may get it yet.
      if (this.#count === 0) this.#failAll(away('it cannot be reached'));
      return;
    }
    this.#count++;
    this.#open().then(
      (connection) => {
        this.#pauseMs = 0;
        this.#pausedUntil = 0;
        if (this.#closed) {
          connection.destroy();
          return;
        }
        this.#all.add(connection);
        this.#release(connection);
      },
      (error: unknown) => {
        this.#count--;
        this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
        this.#pausedUntil = this.#options.clock.now() + this.#pauseMs;
        if (this.#count === 0) this.#failAll(error);
      },
    );
  }

  async #open(): Promise<Connection> {
    const { address, connect } = this.#options;
    const { hosts } = address;
    let failure: unknown;
    for (let n = 0; n < hosts.length; n++) {
      const at = (this.#host + n) % hosts.length;
      try {
        const connection = await Connection.open(address, hosts[at]!, connect);
        this.#host = at;
        return connection;
      } catch (error) {
        // That one of them is a standby is what is to be expected of several.
        if (failure === undefined || failure instanceof RelayStoreError) failure = error;
      }
    }
    throw failure;
  }

  #release(connection: Connection): void {
    if (this.#closed || connection.broken) {
      this.#forget(connection);
      this.#grow();
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next.take(connection);
    this.#grow();
  }

  #forget(connection: Connection): void {
    if (this.#all.delete(connection)) this.#count--;
    connection.destroy();
  }

  #failAll(error: unknown): void {
    for (const waiting of this.#waiting.splice(0)) waiting.fail(error);
  }
}

const closed = (): RelayStoreError => new RelayStoreError('closed', 'the store is closed');
