import { afterAll, beforeAll } from 'vitest';
import { nodeClock } from '../../server/node-clock.ts';
import { type OpenHarness } from '../relay-store.contract.ts';
import { DEFAULT_STORE_LIMITS, type StoreLimits } from '../store-limits.ts';
import { openPostgresStore, type PostgresStoreOptions } from './open-postgres-store.ts';
import { type PostgresStore } from './postgres-store.ts';
import { SCHEMA } from './schema.ts';
import { findPostgres, POSTGRES_MISSING, PostgresServer } from './testing/postgres-server.ts';

const TEMPLATE = 'template_sotto';
const TABLES = [
  'envelope',
  'tombstone',
  'elsewhere',
  'queue',
  'account',
  'device_keys',
  'device_state',
  'one_time',
  'token',
];
const EMPTY = `${TABLES.map((table) => `DELETE FROM ${table}`).join('; ')}; UPDATE expired SET through = 0`;
/** Of a machine that does other things, too. */
const PATIENT = { connectMs: 60_000, lockMs: 30_000, answerMs: 60_000 };

/** One server for the tests of a file, and a database for each store. */
export class StoreServer {
  readonly server: PostgresServer;
  readonly #used: string[] = [];
  #next = 1;

  private constructor(server: PostgresServer) {
    this.server = server;
  }

  static async start(settings: Readonly<Record<string, string | number>> = {}): Promise<StoreServer> {
    const server = await PostgresServer.start({ settings });
    const store = new StoreServer(server);
    try {
      await server.query(`CREATE DATABASE ${TEMPLATE}`);
      await (await store.open(TEMPLATE)).close();
      return store;
    } catch (error) {
      await server.dispose();
      throw error;
    }
  }

  /** An empty database with the schema in it. @returns its name */
  async database(): Promise<string> {
    const used = this.#used.pop();
    if (used !== undefined) return used;
    const name = `store_${this.#next++}`;
    await this.server.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    return name;
  }

  /** Empties it for the next one: to drop it and make another takes PostgreSQL two checkpoints. */
  async giveBack(name: string): Promise<void> {
    await this.server.query(`SET search_path = ${SCHEMA}; ${EMPTY}`, name);
    this.#used.push(name);
  }

  open(database: string, change: Partial<PostgresStoreOptions> = {}): Promise<PostgresStore> {
    return openPostgresStore({
      url: this.server.url(database),
      durability: 'disk',
      connections: 6,
      limits: DEFAULT_STORE_LIMITS,
      clock: nodeClock,
      pace: PATIENT,
      ...change,
    });
  }

  harness: OpenHarness = async (limits: StoreLimits) => {
    const database = await this.database();
    let current = await this.open(database, { limits });
    return {
      store: current,
      reopen: async () => {
        await current.close();
        current = await this.open(database, { limits });
        return current;
      },
      dispose: async () => {
        await current.close();
        await this.giveBack(database);
      },
    };
  };
}

/** Whether there is no PostgreSQL here: then its tests are left out, but where all must run they fail. */
export const postgresMissing = findPostgres() === null;
if (postgresMissing && process.env['CI'] === 'true') throw new Error(POSTGRES_MISSING);
if (postgresMissing) console.warn(POSTGRES_MISSING);

/** A server for the tests of the file, up before them and gone after them. */
export function storeServer(settings: Readonly<Record<string, string | number>> = {}): () => StoreServer {
  let server: StoreServer | null = null;
  beforeAll(async () => {
    if (!postgresMissing) server = await StoreServer.start(settings);
  });
  afterAll(async () => {
    await server?.server.dispose();
  });
  return () => server!;
}
