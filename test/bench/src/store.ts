/**
 * The embedded store by itself: envelopes stored (on the disk), read and acknowledged a second, through the worker
 * thread. Run: node test/bench/src/store.ts [--body 512] [--batch 64] [--in-flight 4] [--mailboxes 20000] [--total 300000]
 * [--runs 3] [--kind sqlite] [--dir DIR]. CPU is that of the whole process, both threads.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_STORE_LIMITS, openStore, type RelayStore, type StoreItem } from '@sotto/node';

const { values } = parseArgs({
  options: {
    body: { type: 'string', default: '512' },
    batch: { type: 'string', default: '64' },
    'in-flight': { type: 'string', default: '4' },
    mailboxes: { type: 'string', default: '20000' },
    total: { type: 'string', default: '300000' },
    runs: { type: 'string', default: '3' },
    kind: { type: 'string', default: 'sqlite' },
    dir: { type: 'string', default: '.' },
  },
});
const [bodyBytes, batch, inFlight, mailboxCount, total, runs] = [
  Number(values.body),
  Number(values.batch),
  Number(values['in-flight']),
  Number(values.mailboxes),
  Number(values.total),
  Number(values.runs),
];
const kind = values.kind === 'memory' ? 'memory' : 'sqlite';

const EXPIRES = 2_000_000_000;
const mailboxes = Array.from({ length: mailboxCount }, (_, i) => sha256(`mailbox ${i}`));
const bodies = Array.from({ length: 64 }, () => new Uint8Array(randomBytes(bodyBytes)));
const ids = new Uint8Array(randomBytes(32 * total));

const mailboxOf = (n: number): number => (Math.imul(n, 2_654_435_761) >>> 8) % mailboxCount;
const idOf = (n: number): Uint8Array => ids.subarray(n * 32, n * 32 + 32);
const itemOf = (n: number): StoreItem => ({
  id: idOf(n),
  mailbox: mailboxes[mailboxOf(n)]!,
  device: 1,
  // As many in one second as a busy node gets.
  expires: EXPIRES + Math.floor(n / 20_000),
  lane: 'contact',
  body: bodies[n & 63]!,
  tokenHash: null,
});

function sha256(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest());
}

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly cpuMicroseconds: number;
}

/** `lanes` loops call `step` until it returns 0; it returns how many envelopes it handled. */
async function measure(lanes: number, step: () => Promise<number>): Promise<Figures> {
  const times: number[] = [];
  let handled = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const from = performance.now();
      const count = await step();
      if (count === 0) return;
      handled += count;
      times.push(performance.now() - from);
    }
  };
  const cpu = process.cpuUsage();
  const from = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = (performance.now() - from) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const quantile = (q: number): number => times[Math.floor(q * (times.length - 1))] ?? 0;
  return {
    perSecond: handled / seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: quantile(1),
    cpuMicroseconds: (user + system) / handled,
  };
}

async function storeAll(store: RelayStore): Promise<Figures> {
  let next = 0;
  return measure(inFlight, async () => {
    const items: StoreItem[] = [];
    while (items.length < batch && next < total) items.push(itemOf(next++));
    const outcomes = items.length > 0 ? await store.store(items) : [];
    if (outcomes.some((outcome) => outcome !== 'stored')) throw new Error(`not stored: ${outcomes.join(' ')}`);
    return items.length;
  });
}

/** Recipients come online one after another and read all that waits; with `acknowledge` they also take it away. */
async function drain(store: RelayStore, acknowledge: boolean): Promise<Figures> {
  let next = 0;
  const cursors = new Map<number, { mailbox: Uint8Array; after: number }>();
  return measure(64, async () => {
    for (;;) {
      const lane = cursors.entries().next();
      let [number, cursor] = lane.value ?? [0, undefined];
      if (cursor === undefined) {
        if (next >= mailboxCount) return 0;
        number = next++;
        cursor = { mailbox: mailboxes[number]!, after: 0 };
      }
      cursors.delete(number);
      const taken = await store.take(cursor.mailbox, 1, cursor.after, 64);
      const last = taken.at(-1);
      if (last === undefined) continue;
      cursors.set(number, { mailbox: cursor.mailbox, after: last.sequence });
      if (acknowledge)
        await store.acknowledge([{ mailbox: cursor.mailbox, device: 1, ids: taken.map(({ id }) => id) }]);
      return taken.length;
    }
  });
}

/** Everybody is online: what is stored is acknowledged at once. */
async function storeAndAcknowledge(store: RelayStore): Promise<Figures> {
  let next = 0;
  const fresh = (n: number): StoreItem => ({ ...itemOf(n), expires: EXPIRES + 1_000 + Math.floor(n / 20_000) });
  return measure(inFlight, async () => {
    const items: StoreItem[] = [];
    while (items.length < batch && next < total) items.push(fresh(next++));
    if (items.length === 0) return 0;
    await store.store(items);
    await store.acknowledge(items.map(({ mailbox, device, id }) => ({ mailbox, device, ids: [id] })));
    return items.length;
  });
}

/** Open loop: 5,000 envelopes a second, one call each, acknowledged as soon as stored. Time from the call to its answer. */
async function latency(store: RelayStore): Promise<Figures> {
  const perSecond = 5_000;
  const count = perSecond * 5;
  const times: number[] = [];
  const cpu = process.cpuUsage();
  const from = performance.now();
  const under: Promise<void>[] = [];
  const one = async (n: number): Promise<void> => {
    const item = { ...itemOf(n), expires: EXPIRES + 10_000 };
    const due = from + (n / perSecond) * 1_000;
    await store.store([item]);
    times.push(performance.now() - due);
    await store.acknowledge([{ mailbox: item.mailbox, device: 1, ids: [item.id] }]);
  };
  for (let n = 0; n < count;) {
    const due = Math.min(count, Math.floor(((performance.now() - from) / 1_000) * perSecond));
    while (n < due) under.push(one(n++));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(under);
  const seconds = (performance.now() - from) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const quantile = (q: number): number => times[Math.floor(q * (times.length - 1))] ?? 0;
  return {
    perSecond: count / seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: quantile(1),
    cpuMicroseconds: (user + system) / count,
  };
}

const expiries: number[] = [];
const results = new Map<string, Figures[]>();
const note = (name: string, figures: Figures): void => void results.set(name, [...(results.get(name) ?? []), figures]);

for (let run = 0; run < runs; run++) {
  const dataDir = await mkdtemp(join(values.dir, 'store-bench-'));
  try {
    const store = await openStore(kind, { dataDir, limits: DEFAULT_STORE_LIMITS });
    note('store', await storeAll(store));
    note('take', await drain(store, false));
    note('take + acknowledge', await drain(store, true));
    note('store + acknowledge', await storeAndAcknowledge(store));
    note('one by one, 5,000/s', await latency(store));
    const from = performance.now();
    const removed = await store.expire(EXPIRES + 100_000);
    const tombstones = 2 * total + 25_000 - removed;
    expiries.push(tombstones / ((performance.now() - from) / 1_000));
    await store.close();
  } finally {
    await rm(dataDir, { recursive: true });
  }
}

console.log(
  `${kind}: bodies of ${bodyBytes} B, batches of ${batch}, ${inFlight} in flight, ${mailboxCount} mailboxes, ${total} envelopes, median of ${runs}`,
);
for (const [name, all] of results) {
  const { perSecond, p50Ms, p99Ms, maxMs, cpuMicroseconds } = all.toSorted((a, b) => a.perSecond - b.perSecond)[
    all.length >> 1
  ]!;
  const columns = [
    `${Math.round(perSecond)}/s`,
    `p50 ${p50Ms.toFixed(2)} ms`,
    `p99 ${p99Ms.toFixed(2)} ms`,
    `max ${maxMs.toFixed(1)} ms`,
  ];
  console.log(
    name.padEnd(22),
    columns.map((column) => column.padEnd(14)).join(''),
    `CPU ${cpuMicroseconds.toFixed(1)} µs`,
  );
}
console.log(
  'tombstones expired'.padEnd(22),
  `${Math.round(expiries.toSorted((a, b) => a - b)[expiries.length >> 1]!)}/s`,
);
