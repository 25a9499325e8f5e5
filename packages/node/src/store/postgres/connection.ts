import pg from 'pg';
import { away } from './database-error.ts';
import { type DatabaseAddress, type DatabaseHost } from './database-url.ts';
import { SCHEMA } from './schema.ts';

/** A statement that each connection prepares once. */
export interface Statement {
  /** Of this text; another text needs another name. */
  readonly name: string;
  readonly text: string;
}

/** Numbers below 2^53, byte strings, or arrays as binary-array.ts writes them. */
export type Parameter = Uint8Array | number | boolean | string | null;
export type Row = Record<string, unknown>;

export interface ConnectOptions {
  /** Without an answer for so long the server counts as away. */
  readonly connectMs: number;
  /** A row that another transaction has locked is waited for no longer. */
  readonly lockMs: number;
  /** 'on' waits for the standby where PostgreSQL is told of one, 'local' never. */
  readonly synchronousCommit: 'on' | 'local';
}

/** The server says one thing or the other, and no statistics lead it astray: the tables are made to be read by index. */
const session = ({ lockMs, synchronousCommit }: ConnectOptions): string => `
  SET search_path = ${SCHEMA};
  SET synchronous_commit = ${synchronousCommit};
  SET lock_timeout = ${lockMs};
  SET idle_in_transaction_session_timeout = 10000;
  SET client_min_messages = warning;
  SET bytea_output = hex;
  SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off;
  SET enable_hashjoin = off;
  SET enable_mergejoin = off;
  SET enable_bitmapscan = off;
  SET jit = off;
  SELECT pg_is_in_recovery() AS standby`;

/** One connection, for one transaction at a time. */
export class Connection {
  readonly #client: pg.Client;
  /** Warnings that came since the caller last set this to 0. */
  warnings = 0;
  #broken = false;
  #ended = false;
  /** What begins a transaction, on its way: the first statement does not wait for its answer. */
  #begun: Promise<unknown> | null = null;

  private constructor(client: pg.Client) {
    this.#client = client;
    client.on('notice', (notice) => {
      if (notice.severity !== 'NOTICE') this.warnings++;
    });
    client.on('error', () => {
      this.#broken = true;
    });
    client.on('end', () => {
      this.#broken = true;
    });
  }

  /** @throws when the server cannot be reached, refuses, or takes no writes */
  static async open(address: DatabaseAddress, host: DatabaseHost, options: ConnectOptions): Promise<Connection> {
    const client = new pg.Client({
      host: host.host,
      port: host.port,
      ...(address.user === undefined ? {} : { user: address.user }),
      ...(address.password === undefined ? {} : { password: address.password }),
      ...(address.database === undefined ? {} : { database: address.database }),
      ssl: tlsOf(address, host),
      connectionTimeoutMillis: options.connectMs,
      keepAlive: true,
      pipeline: true,
      application_name: 'sotto',
    });
    const connection = new Connection(client);
    try {
      await client.connect();
      const results = (await client.query(session(options))) as unknown as pg.QueryResult<{ standby: boolean }>[];
      if (results.at(-1)?.rows[0]?.standby !== false) throw away('this server is a standby and takes no writes');
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** It ended, or what it does next is not known. */
  get broken(): boolean {
    return this.#broken;
  }

  async run<R = Row>(statement: Statement, values: readonly Parameter[]): Promise<R[]> {
    const query = { ...statement, values: values.map(asBuffer), types: TYPES };
    return ((await this.#afterBegin(this.#client.query(query))) as pg.QueryResult).rows as R[];
  }

  /** Sends this ahead of the statement that follows, which fails when this does. */
  begin(text: string): void {
    this.#begun = this.#client.query(text);
    this.#begun.catch(() => undefined);
  }

  /** Several statements may stand in it. @returns the command that PostgreSQL says it did: 'COMMIT', 'ROLLBACK', … */
  async command(text: string): Promise<string> {
    const result = (await this.#afterBegin(this.#client.query(text))) as pg.QueryResult | pg.QueryResult[];
    return (Array.isArray(result) ? result.at(-1)?.command : result.command) ?? '';
  }

  /** Text in place of prepared statements, for what is rare. */
  async query<R = Row>(text: string, values: readonly Parameter[] = []): Promise<R[]> {
    const query = { text, values: values.map(asBuffer), types: TYPES };
    return ((await this.#afterBegin(this.#client.query(query))) as pg.QueryResult).rows as R[];
  }

  async #afterBegin<T>(answer: Promise<T>): Promise<T> {
    const begun = this.#begun;
    if (begun === null) return answer;
    this.#begun = null;
    const [, result] = await Promise.all([begun, answer]);
    return result;
  }

  /** What it was doing ends as PostgreSQL sees fit. */
  destroy(): void {
    this.#broken = true;
    if (this.#ended) return;
    this.#ended = true;
    // Ends a connection that waits for an answer, too.
    (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#broken = true;
    await this.#client.end();
  }
}

// The driver takes Buffers alone for bytes.
const asBuffer = (value: Parameter): Parameter =>
  value instanceof Uint8Array && !Buffer.isBuffer(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.length)
    : value;

function tlsOf({ sslMode, certificateAuthority }: DatabaseAddress, { host }: DatabaseHost) {
  if (sslMode === 'disable') return false;
  const trusted = certificateAuthority === null ? {} : { ca: certificateAuthority };
  return { ...trusted, rejectUnauthorized: sslMode === 'verify-full', servername: host };
}

const OID = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23 };

/** Results come as text: the driver reads them as such whatever it is asked for. */
const TYPES = {
  getTypeParser:
    (oid: number) =>
    (value: string): unknown => {
      switch (oid) {
        case OID.bool:
          return value === 't';
        case OID.bytea:
          // bytea_output = hex: \x and two digits for each byte.
          return new Uint8Array(Buffer.from(value.slice(2), 'hex'));
        case OID.int8:
        case OID.int4:
        case OID.int2:
          return Number(value);
        default:
          return value;
      }
    },
};
