/**
 * The store on PostgreSQL, on a server of its own (fsync on, files in --dir): envelopes stored a second one by one and in
 * batches, with and without a synchronous standby on the same disk, and what a read costs beside a large backlog.
 * Run: node test/bench/src/postgres.ts [--seconds 5] [--body 2048] [--backlog 1000000] [--dir DIR]
 */
import { hash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { DEFAULT_STORE_LIMITS, type RelayStore, type StoreItem } from '@sotto/node';
import { nodeClock, openPostgresStore, PostgresServer } from '@sotto/node/testing';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    body: { type: 'string', default: '2048' },
    backlog: { type: 'string', default: '1000000' },
    dir: { type: 'string', default: '.' },
  },
});
const [seconds, bodyBytes, backlog] = [Number(values.seconds), Number(values.body), Number(values.backlog)];

const MAILBOXES = 20_000;
const EXPIRES = 2_000_000_000;
const body = new Uint8Array(randomBytes(bodyBytes));
const mailboxes = Array.from({ length: MAILBOXES }, (_, n) => new Uint8Array(hash('sha256', `mailbox ${n}`, 'buffer')));

let next = 0;
const item = (bytes = body): StoreItem => ({
  id: new Uint8Array(randomBytes(32)),
  mailbox: mailboxes[(Math.imul(next++, 2_654_435_761) >>> 8) % MAILBOXES]!,
  device: 1,
  expires: EXPIRES,
  lane: 'contact',
  body: bytes,
  tokenHash: null,
});

/** `lanes` callers, each of which stores `batch` envelopes at a time. @returns envelopes a second, and the median wait in ms */
async function storing(store: RelayStore, lanes: number, batch: number): Promise<string> {
  let stored = 0;
  const waits: number[] = [];
  const from = performance.now();
  const end = from + seconds * 1_000;
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

const server = await PostgresServer.start({
  parent: values.dir,
  settings: { shared_buffers: '512MB', max_wal_size: '8GB' },
});
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
  const disk = await open('disk');
  await storing(disk, 4, 500);
  console.log(`bodies of ${bodyBytes} B to ${MAILBOXES} mailboxes; PostgreSQL and caller on this machine`);
  console.log(`disk, one by one, 64 callers    ${await storing(disk, 64, 1)}`);
  console.log(`disk, batches of 50, 8 callers  ${await storing(disk, 8, 50)}`);
  console.log(`disk, batches of 500, 4 callers ${await storing(disk, 4, 500)}`);
  console.log(`read 64, small backlog          ${await reading(disk)}`);
  await server.standby('second');
  await server.waitFor('second');
  const standby = await open('standby');
  console.log(`standby, one by one, 64 callers ${await storing(standby, 64, 1)}`);
  console.log(`standby, batches of 50, 8       ${await storing(standby, 8, 50)}`);
  console.log(`standby, batches of 500, 4      ${await storing(standby, 4, 500)}`);
  await standby.close();
  await server.waitFor(null);
  const small = new Uint8Array(randomBytes(64));
  for (let left = backlog; left > 0; left -= 4_000) {
    await Promise.all([0, 1, 2, 3].map(() => disk.store(Array.from({ length: 1_000 }, () => item(small)))));
  }
  console.log(`read 64, backlog of ${backlog.toLocaleString('en')} more ${await reading(disk)}`);
  await disk.close();
} finally {
  await server.dispose();
}
