import { type DatabaseSync } from 'node:sqlite';
import { fingerprintOf } from '../partition-of.ts';
import { type StoreItem } from '../relay-store.ts';
import { type EnvelopeRef, type HeldEnvelope, type PartitionCount, type PartitionFingerprint } from '../ring-store.ts';
import { type EnvelopeTables } from './envelope-tables.ts';
import { CONTACT, type Recent } from './mailboxes.ts';
import { bytesOfKey, keyOfId, shortIdOf } from './short-id.ts';

interface QueueName {
  readonly number: number;
  readonly account: Uint8Array;
  readonly device: number;
  readonly partition: number;
}

/** Where an envelope of a listing is found. */
interface Place {
  readonly sequence: number;
  readonly name: QueueName;
}

/** What is held, partition by partition. Only reads. Every method runs inside the caller's transaction. */
export class PartitionTables {
  readonly #tables: EnvelopeTables;
  readonly #statements;

  constructor(database: DatabaseSync, tables: EnvelopeTables) {
    this.#tables = tables;
    this.#statements = {
      mailboxes: database.prepare(
        `SELECT number, account, device, partition FROM mailbox WHERE partition BETWEEN ? AND ?
         ORDER BY partition, number`,
      ),
      count: database.prepare('SELECT count(*) AS count FROM waiting WHERE mailbox = ? AND sequence <= ?'),
      ids: database.prepare('SELECT id FROM waiting WHERE mailbox = ? AND sequence <= ?'),
      sequences: database.prepare(
        'SELECT sequence FROM waiting WHERE mailbox = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?',
      ),
      known: database.prepare('SELECT sequence FROM known WHERE expires = ? AND id = ?'),
      head: database.prepare('SELECT id, expires, lane, length(body) AS bytes FROM envelope WHERE sequence = ?'),
      envelope: database.prepare('SELECT id, expires, lane, body FROM envelope WHERE sequence = ?'),
    };
  }

  counts(from: number, to: number): PartitionCount[] {
    const counts = new Map<number, number>();
    for (const { number, partition } of this.#names(from, to)) {
      const settled = Number(this.#statements.count.get(number, this.#tables.recent.settledThrough)!['count']);
      const held = settled + (this.#tables.mailboxes.cached(number)?.recent.size ?? 0);
      if (held > 0) counts.set(partition, (counts.get(partition) ?? 0) + held);
    }
    return Array.from(counts, ([partition, envelopes]) => ({ partition, envelopes }));
  }

  digests(from: number, to: number): PartitionFingerprint[] {
    const halves = new Map<number, Uint8Array[]>();
    for (const { number, partition } of this.#names(from, to)) {
      const settled = this.#statements.ids.all(number, this.#tables.recent.settledThrough);
      const held = settled.map(({ id }) => id as Uint8Array);
      for (const { key } of this.#recentOf(number, 0, Infinity)) held.push(bytesOfKey(key));
      if (held.length === 0) continue;
      const others = halves.get(partition);
      if (others === undefined) halves.set(partition, held);
      else for (const id of held) others.push(id);
    }
    return Array.from(halves, ([partition, held]) => ({
      partition,
      count: held.length,
      fingerprint: fingerprintOf(held),
    }));
  }

  inventory(partition: number, after: number, limit: number): HeldEnvelope[] {
    const { settledThrough } = this.#tables.recent;
    const places: Place[] = [];
    for (const name of this.#names(partition, partition)) {
      const settled = this.#statements.sequences.all(name.number, after, settledThrough, limit);
      for (const { sequence } of settled) places.push({ sequence: Number(sequence), name });
      for (const { sequence } of this.#recentOf(name.number, after, limit)) places.push({ sequence, name });
    }
    places.sort((a, b) => a.sequence - b.sequence);
    return places.slice(0, limit).map(({ sequence, name }) => {
      const { id, expires, lane, bytes } = this.#statements.head.get(sequence)!;
      return {
        sequence,
        id: id as Uint8Array,
        mailbox: name.account,
        device: name.device,
        expires: Number(expires),
        lane: lane === CONTACT ? 'contact' : 'stranger',
        bytes: Number(bytes),
      };
    });
  }

  read(ref: EnvelopeRef): StoreItem | null {
    const sequence = this.#sequenceOf(ref);
    const row = sequence === 0 ? undefined : this.#statements.envelope.get(sequence);
    if (row === undefined || Buffer.compare(row['id'] as Uint8Array, ref.id) !== 0) return null;
    return {
      id: row['id'] as Uint8Array,
      mailbox: ref.mailbox,
      device: ref.device,
      expires: Number(row['expires']),
      lane: row['lane'] === CONTACT ? 'contact' : 'stranger',
      body: row['body'] as Uint8Array,
      tokenHash: null,
    };
  }

  /** 0: not here, or acknowledged. */
  #sequenceOf({ id, expires }: EnvelopeRef): number {
    const recent = this.#tables.recent.get(keyOfId(id));
    if (recent !== undefined) return recent.gone ? 0 : recent.sequence;
    return Number(this.#statements.known.get(expires, shortIdOf(id))?.['sequence'] ?? 0);
  }

  #names(from: number, to: number): QueueName[] {
    return this.#statements.mailboxes.all(from, to) as unknown as QueueName[];
  }

  // A mailbox with recent envelopes is always in memory.
  #recentOf(number: number, after: number, limit: number): Recent[] {
    return this.#tables.mailboxes.cached(number)?.recent.after(after, limit) ?? [];
  }
}
