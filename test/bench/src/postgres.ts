import { hash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { DEFAULT_STORE_LIMITS, type RelayStore, type StoreItem } from '@sotto/node';
import { findPostgres, nodeClock, openPostgresStore, PostgresServer } from '@sotto/node/testing';

/** Of each measurement. */
const SECONDS = 3;
const BODY_BYTES = 2_048;
const MAILBOXES = 20_000;
const EXPIRES = 2_000_000_000;
const body = new Uint8Array(randomBytes(BODY_BYTES));
const mailboxes = Array.from({ length: MAILBOXES }, (_, n) => new Uint8Array(hash('sha256', `mailbox ${n}`, 'buffer')));

let next = 0;
const item = (): StoreItem => ({
  id: new Uint8Array(randomBytes(32)),
  mailbox: mailboxes[(Math.imul(next++, 2_654_435_761) >>> 8) % MAILBOXES]!,
  device: 1,
  expires: EXPIRES,
  lane: 'contact',
  body,
  tokenHash: null,
});

/** `lanes` callers, each of which stores `batch` envelopes at a time. @returns envelopes a second, and the median wait in ms */
async function storing(store: RelayStore, lanes: number, batch: number): Promise<string> {
  let stored = 0;
  const waits: number[] = [];
  const from = performance.now();
  const end = from + SECONDS * 1_000;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (performance.now() < end) {
        const began = performance.now();
        await store.store(Array.from({ length: batch }, () => item()));
        waits.push(performance.now() - began);
        stored += batch;
      }
    }),
  );
  waits.sort((a, b) => a - b);
  const rate = stored / ((performance.now() - from) / 1_000);
  const at = (q: number): string => waits[Math.floor(q * (waits.length - 1))]!.toFixed(1);
  return `${Math.round(rate).toLocaleString('en')}/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

async function reading(store: RelayStore): Promise<string> {
  const waits: number[] = [];
  for (let n = 0; n < 300; n++) {
    const began = performance.now();
    await store.take(mailboxes[n * 7]!, 1, 0, 64);
    waits.push(performance.now() - began);
  }
  waits.sort((a, b) => a - b);
  return `p50 ${waits[150]!.toFixed(2)} ms, p99 ${waits[296]!.toFixed(2)} ms`;
}

interface StoreFigures {
  readonly what: string;
  readonly outcome: string;
}

/**
 * The store on PostgreSQL by itself, on a server of its own (fsync on, files in the temporary directory, no core of its
 * own): envelopes stored a second one by one and in batches, with and without a synchronous standby on the same disk.
 * null: there is no PostgreSQL.
 */
export async function measurePostgresStore(progress: (step: string) => void): Promise<readonly StoreFigures[] | null> {
  if (findPostgres() === null) return null;
  const settings = { shared_buffers: '512MB', max_wal_size: '8GB' };
  const server = await PostgresServer.start({ parent: tmpdir(), settings });
  const figures: StoreFigures[] = [];
  const note = async (what: string, outcome: () => Promise<string>): Promise<void> => {
    progress(`PostgreSQL: ${what}`);
    figures.push({ what, outcome: await outcome() });
  };
  try {
    await server.query('CREATE DATABASE bench');
    const open = (durability: 'disk' | 'standby'): Promise<RelayStore> =>
      openPostgresStore({
        url: server.url('bench'),
        durability,
        connections: 16,
        limits: DEFAULT_STORE_LIMITS,
        clock: nodeClock,
        pace: { connectMs: 60_000, lockMs: 60_000, answerMs: 60_000 },
      });
    const measure = async (durability: 'disk' | 'standby', store: RelayStore): Promise<void> => {
      await note(`${durability}, one by one, 64 callers`, () => storing(store, 64, 1));
      await note(`${durability}, batches of 50, 8 callers`, () => storing(store, 8, 50));
      await note(`${durability}, batches of 500, 4 callers`, () => storing(store, 4, 500));
    };
    const disk = await open('disk');
    await storing(disk, 4, 500);
    await measure('disk', disk);
    await note('read 64 of a mailbox', () => reading(disk));
    await disk.close();
    await server.standby('second');
    await server.waitFor('second');
    const standby = await open('standby');
    await measure('standby', standby);
    await standby.close();
  } finally {
    await server.dispose();
  }
  return figures;
}
