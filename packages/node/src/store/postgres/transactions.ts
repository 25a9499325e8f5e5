import type { Clock } from '@sotto/protocol/link';
import { away, callError, codeOf, isTransient, SQLSTATE } from './database-error.ts';
import { type Connection } from './connection.ts';
import { type Connections } from './connections.ts';

/** What a receipt means: this PostgreSQL's disk has it, or that of a synchronous standby too. */
export type Durability = 'disk' | 'standby';

export interface TransactionsOptions {
  readonly durability: Durability;
  /** Who waits longer for an answer is told that the database is away; what became of it is then unknown. */
  readonly answerMs: number;
  readonly clock: Clock;
}

export const ATTEMPTS = 4;

/** Held by each storing transaction; whoever takes it alone has all of them before or after it. */
const STORING_LOCK = 0x73_74_6f_72;
const STORING = `; SELECT pg_advisory_xact_lock_shared(${STORING_LOCK})`;
const ALONE = `; SELECT pg_advisory_xact_lock(${STORING_LOCK})`;

const STANDBY = {
  name: 'standby',
  text: `SELECT current_setting('synchronous_standby_names') <> '' AS named, EXISTS (
    SELECT FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum') AND state = 'streaming') AS connected`,
};

/**
 * Transactions of a node: whatever resolves is as durable as the operator chose. A commit that waits for a standby
 * and is cut short has happened here and perhaps nowhere else, which PostgreSQL tells by a warning alone; it is an error
 * here. Whoever repeats it finds a duplicate, writes, and waits for the standby like all others.
 */
export class Transactions {
  readonly #writers: Connections;
  readonly #readers: Connections;
  readonly #options: TransactionsOptions;

  constructor(writers: Connections, readers: Connections, options: TransactionsOptions) {
    this.#writers = writers;
    this.#readers = readers;
    this.#options = options;
  }

  /**
   * Must write something, or there is nothing to wait for. Is run again from the start after a deadlock.
   * @param kind `storing`: draws sequences
   */
  write<T>(work: (connection: Connection) => Promise<T>, kind: 'plain' | 'storing' = 'plain'): Promise<T> {
    return this.#answered((isLate) => this.#retried(() => this.#commit(work, kind, isLate), isLate));
  }

  /** One statement, which sees everything that was committed. */
  read<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#answered(() => this.#readers.use((connection) => kept(connection, () => work(connection))));
  }

  /** While nobody draws sequences: those drawn before are committed, or will never be. */
  readAlone<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#answered((isLate) =>
      this.#readers.use((connection) =>
        kept(connection, async () => {
          connection.begin(`BEGIN READ ONLY${ALONE}`);
          return finished(connection, work, isLate);
        }),
      ),
    );
  }

  /** Without transaction and time limit: what PostgreSQL does in transactions of its own. */
  maintain<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#writers.use((connection) => kept(connection, () => work(connection)));
  }

  /** Whether a synchronous standby is there now. @throws RelayStoreError */
  async requireStandby(connection: Connection): Promise<void> {
    const [state] = await connection.run<{ named: boolean; connected: boolean | null }>(STANDBY, []);
    if (state?.named !== true) throw away('it has no synchronous standby (synchronous_standby_names is empty)');
    if (state.connected !== true) throw away('its synchronous standby is not connected');
  }

  async #commit<T>(work: (connection: Connection) => Promise<T>, kind: string, isLate: () => boolean): Promise<T> {
    const needsStandby = this.#options.durability === 'standby';
    return this.#writers.use((connection) =>
      kept(connection, async () => {
        connection.begin(`BEGIN${kind === 'storing' ? STORING : ''}`);
        const result = await finished(
          connection,
          async () => {
            if (needsStandby) await this.requireStandby(connection);
            return work(connection);
          },
          isLate,
        );
        if (!needsStandby) return result;
        if (connection.warnings > 0) throw away('its standby did not confirm');
        // Whoever takes the standby out of the settings while we commit ends the waiting without a word.
        await this.requireStandby(connection);
        return result;
      }),
    );
  }

  async #retried<T>(attempt: () => Promise<T>, isLate: () => boolean): Promise<T> {
    for (let n = 1; ; n++) {
      try {
        return await attempt();
      } catch (error) {
        if (n >= ATTEMPTS || isLate() || !isTransient(error)) throw error;
      }
    }
  }

  /** What takes longer than it should goes on by itself and keeps its connection. */
  #answered<T>(work: (isLate: () => boolean) => Promise<T>): Promise<T> {
    let late = false;
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(this.#options.answerMs, () => {
        late = true;
        reject(away('it does not answer in time'));
      });
      work(() => late).then(
        (result) => {
          cancel();
          resolve(result);
        },
        (error: unknown) => {
          cancel();
          reject(error instanceof TryAgain ? error : callError(error));
        },
      );
    });
  }
}

/** What was known about the database is not so any more: whoever called corrects it and calls again. */
export class TryAgain extends Error {}

async function finished<T>(
  connection: Connection,
  work: (connection: Connection) => Promise<T>,
  isLate: () => boolean,
): Promise<T> {
  const result = await work(connection);
  // Its caller was told that it is unknown: better that it did not happen.
  if (isLate()) throw away('it did not answer in time');
  connection.warnings = 0;
  const done = await connection.command('COMMIT');
  if (done !== 'COMMIT') throw away('it took the transaction back');
  return result;
}

/** After a failure the connection is clean, or gone. */
async function kept<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A server that became a standby, or closes, is of no use any more.
    if (codeOf(error) === SQLSTATE.readOnly) connection.destroy();
    if (!connection.broken) {
      try {
        await connection.command('ROLLBACK');
      } catch {
        connection.destroy();
      }
    }
    throw error;
  }
}
