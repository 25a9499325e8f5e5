import { fingerprintOf } from '../partition-of.ts';
import { type DeviceRef, type Lane, type QueuedEnvelope, type StoreItem } from '../relay-store.ts';
import { type EnvelopeRef, type HeldEnvelope, type PartitionCount, type PartitionFingerprint } from '../ring-store.ts';
import { byteaArray, int2Array, int4Array } from './binary-array.ts';
import { type Connection } from './connection.ts';
import { dayOf } from './day-partitions.ts';
import { LANES } from './storing.ts';

const TAKE = {
  name: 'take',
  text: `SELECT e.seq AS sequence, e.id, e.expires, e.body FROM queue q CROSS JOIN LATERAL (
      SELECT seq, id, expires, body FROM envelope WHERE queue = q.queue AND seq > $3::int8 ORDER BY seq LIMIT $4::int4) AS e
    WHERE q.mailbox = $1::bytea AND q.device = $2::int2 AND q.contacts + q.strangers > 0 ORDER BY e.seq`,
};
const WAITING = {
  name: 'waiting',
  text: 'SELECT contacts + strangers AS count FROM queue WHERE mailbox = $1::bytea AND device = $2::int2',
};
const HEADS = {
  name: 'heads',
  text: `SELECT w.ord, q.head FROM unnest($1::bytea[], $2::int2[]) WITH ORDINALITY AS w (mailbox, device, ord)
    JOIN queue q ON q.mailbox = w.mailbox AND q.device = w.device`,
};
const PARTITIONS = {
  name: 'partitions',
  text: `SELECT partition, sum(contacts + strangers)::int8 AS envelopes FROM queue
    WHERE contacts + strangers > 0 GROUP BY partition ORDER BY partition`,
};
const IDS = {
  name: 'partition-ids',
  text: `SELECT q.partition, substr(e.id, 1, 16) AS half FROM queue q JOIN envelope e ON e.queue = q.queue
    WHERE q.partition BETWEEN $1::int2 AND $2::int2 AND q.contacts + q.strangers > 0 ORDER BY q.partition`,
};
const INVENTORY = {
  name: 'inventory',
  text: `SELECT e.seq AS sequence, e.id, q.mailbox, q.device, e.expires, e.lane, e.bytes FROM queue q CROSS JOIN LATERAL (
      SELECT seq, id, expires, lane, octet_length(body) AS bytes FROM envelope
      WHERE queue = q.queue AND seq > $2::int8 ORDER BY seq LIMIT $3::int4) AS e
    WHERE q.partition = $1::int2 AND q.head > $2::int8 ORDER BY e.seq LIMIT $3::int4`,
};
const READ = {
  name: 'read-envelopes',
  text: `SELECT w.ord, e.id, e.expires, e.lane, e.body
    FROM unnest($1::bytea[], $2::int2[], $3::int4[], $4::bytea[]) WITH ORDINALITY AS w (mailbox, device, day, id, ord)
    JOIN queue q ON q.mailbox = w.mailbox AND q.device = w.device
    JOIN envelope e ON e.queue = q.queue AND e.id = w.id AND e.exp_day = w.day`,
};

const laneOf = (number: number): Lane => LANES[number]!;

export const take = (
  connection: Connection,
  mailbox: Uint8Array,
  device: number,
  after: number,
  limit: number,
): Promise<QueuedEnvelope[]> =>
  connection.run<QueuedEnvelope>(TAKE, [mailbox, String(device), String(after), String(limit)]);

export async function waiting(connection: Connection, mailbox: Uint8Array, device: number): Promise<number> {
  const [row] = await connection.run<{ count: number }>(WAITING, [mailbox, String(device)]);
  return row?.count ?? 0;
}

export async function heads(connection: Connection, devices: readonly DeviceRef[]): Promise<number[]> {
  const rows = await connection.run<{ ord: number; head: number }>(HEADS, [
    byteaArray(devices.map(({ mailbox }) => mailbox)),
    int2Array(devices.map(({ device }) => device)),
  ]);
  const found = devices.map(() => 0);
  for (const { ord, head } of rows) found[ord - 1] = head;
  return found;
}

export const partitions = (connection: Connection): Promise<PartitionCount[]> =>
  connection.run<PartitionCount>(PARTITIONS, []);

export async function digests(connection: Connection, from: number, to: number): Promise<PartitionFingerprint[]> {
  const halves = new Map<number, Uint8Array[]>();
  const rows = await connection.run<{ partition: number; half: Uint8Array }>(IDS, [String(from), String(to)]);
  for (const { partition, half } of rows) {
    const others = halves.get(partition);
    if (others === undefined) halves.set(partition, [half]);
    else others.push(half);
  }
  return Array.from(halves, ([partition, held]) => ({
    partition,
    count: held.length,
    fingerprint: fingerprintOf(held),
  }));
}

/** While nobody draws sequences. */
export async function inventory(
  connection: Connection,
  partition: number,
  after: number,
  limit: number,
): Promise<HeldEnvelope[]> {
  const rows = await connection.run<Omit<HeldEnvelope, 'lane'> & { lane: number }>(INVENTORY, [
    String(partition),
    String(after),
    String(limit),
  ]);
  return rows.map((row) => ({ ...row, lane: laneOf(row.lane) }));
}

export async function read(connection: Connection, refs: readonly EnvelopeRef[]): Promise<(StoreItem | null)[]> {
  const rows = await connection.run<Pick<StoreItem, 'id' | 'expires' | 'body'> & { ord: number; lane: number }>(READ, [
    byteaArray(refs.map(({ mailbox }) => mailbox)),
    int2Array(refs.map(({ device }) => device)),
    int4Array(refs.map(({ expires }) => dayOf(expires))),
    byteaArray(refs.map(({ id }) => id)),
  ]);
  const items: (StoreItem | null)[] = refs.map(() => null);
  for (const { ord, id, expires, lane, body } of rows) {
    const { mailbox, device } = refs[ord - 1]!;
    items[ord - 1] = { id, mailbox, device, expires, lane: laneOf(lane), body, tokenHash: null };
  }
  return items;
}
