// One device's backlog in a store, in a process of its own: node backlog-process.ts sqlite|postgres FOLDER-OR-URL COUNT
import { randomBytes } from 'node:crypto';
import { DEFAULT_STORE_LIMITS, openStore, type RelayStore, type StoreItem } from '@sotto/node';
import { nodeClock, openPostgresStore } from '@sotto/node/testing';

export interface BacklogReport {
  readonly fillPerSecond: number;
  readonly firstPage: PageCost;
  readonly lastPage: PageCost;
  /** A page of the first ones, acknowledged. */
  readonly acknowledge: PageCost;
}

interface PageCost {
  /** Of `ROUNDS`. */
  readonly medianMs: number;
  readonly worstMs: number;
  /** Of this process, with its storage thread; a database's own is read by the parent. */
  readonly cpuMicros: number;
}

const PAGE = 64;
const ROUNDS = 200;
const BATCH = 1_000;
const FILLERS = 4;
const BODY_BYTES = 512;
const EXPIRES = 2_000_000_000;
const DEVICE = 1;

const [kind, where = '', countText = '0'] = process.argv.slice(2);
const count = Number(countText);
const mailbox = new Uint8Array(randomBytes(32));
const body = new Uint8Array(randomBytes(BODY_BYTES));
// A backlog beyond what a mailbox may hold: what is measured is the cost of reading it.
const limits = { ...DEFAULT_STORE_LIMITS, contactEnvelopes: 2 * count, contactBytes: 2 * count * BODY_BYTES };

function open(): Promise<RelayStore> {
  if (kind !== 'postgres') return openStore('sqlite', { dataDir: where, limits });
  const pace = { connectMs: 60_000, lockMs: 60_000, answerMs: 60_000 };
  return openPostgresStore({ url: where, durability: 'disk', connections: 8, limits, clock: nodeClock, pace });
}

const item = (): StoreItem => ({
  id: new Uint8Array(randomBytes(32)),
  mailbox,
  device: DEVICE,
  expires: EXPIRES,
  lane: 'contact',
  body,
  tokenHash: null,
});

async function fill(store: RelayStore): Promise<number> {
  let left = count;
  const startedAt = performance.now();
  const lane = async (): Promise<void> => {
    while (left > 0) {
      const size = Math.min(BATCH, left);
      left -= size;
      const outcomes = await store.store(Array.from({ length: size }, item));
      if (outcomes.some((outcome) => outcome !== 'stored')) throw new Error(`not stored: ${outcomes.join(' ')}`);
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, lane));
  return count / ((performance.now() - startedAt) / 1_000);
}

async function cost(step: () => Promise<unknown>): Promise<PageCost> {
  const times: number[] = [];
  process.send!('reading');
  await new Promise((resolve) => process.once('message', resolve));
  const { user, system } = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now();
    await step();
    times.push(performance.now() - from);
  }
  const used = process.cpuUsage();
  times.sort((a, b) => a - b);
  const cpuMicros = (used.user + used.system - user - system) / ROUNDS;
  return { medianMs: times[ROUNDS >> 1]!, worstMs: times[ROUNDS - 1]!, cpuMicros };
}

const store = await open();
const fillPerSecond = await fill(store);
const [head = 0] = await store.heads([{ mailbox, device: DEVICE }]);
const firstPage = await cost(async () => {
  if ((await store.take(mailbox, DEVICE, 0, PAGE)).length !== PAGE) throw new Error('the first page is not whole');
});
// Sequences may have gaps: a page that reaches the end begins somewhere before this.
let lastCursor = head - PAGE;
while ((await store.take(mailbox, DEVICE, lastCursor, PAGE)).length < PAGE) lastCursor -= PAGE;
const lastPage = await cost(() => store.take(mailbox, DEVICE, lastCursor, PAGE));
const pages: Uint8Array[][] = [];
for (let after = 0; pages.length < ROUNDS;) {
  const page = await store.take(mailbox, DEVICE, after, PAGE);
  pages.push(page.map(({ id }) => id));
  after = page.at(-1)?.sequence ?? 0;
}
const acknowledge = await cost(() => store.acknowledge([{ mailbox, device: DEVICE, ids: pages.pop()! }]));
process.send!('reading');
await new Promise((resolve) => process.once('message', resolve));
await store.close();
process.send!({ fillPerSecond, firstPage, lastPage, acknowledge } satisfies BacklogReport, () => process.exit());
