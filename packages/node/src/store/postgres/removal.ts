import { byteaArray, int4Array, int8Array } from './binary-array.ts';
import { type Connection } from './connection.ts';
import { type QueueChange } from './queue-rows.ts';

/** Where an envelope would be. */
export interface EnvelopePlace {
  readonly queue: number;
  readonly id: Uint8Array;
  /** null: not known; every partition is asked. */
  readonly day: number | null;
}

/** An envelope that was there. */
export interface Removed {
  readonly queue: number;
  readonly day: number;
  readonly lane: number;
  readonly expires: number;
  readonly id: Uint8Array;
  /** Of the body. */
  readonly bytes: number;
}

const RETURNED = 'e.queue, e.exp_day AS day, e.lane, e.expires, e.id, octet_length(e.body) AS bytes';
const REMOVE = {
  name: 'remove-envelopes',
  text: `DELETE FROM envelope e USING unnest($1::int8[], $2::bytea[], $3::int4[]) AS w (queue, id, day)
    WHERE e.queue = w.queue AND e.id = w.id AND e.exp_day = w.day RETURNING ${RETURNED}`,
};
const REMOVE_ANYWHERE = {
  name: 'remove-envelopes-anywhere',
  text: `DELETE FROM envelope e USING unnest($1::int8[], $2::bytea[]) AS w (queue, id)
    WHERE e.queue = w.queue AND e.id = w.id RETURNING ${RETURNED}`,
};

/** Of queues that the transaction has locked. An envelope named twice is removed once. */
export async function remove(connection: Connection, places: readonly EnvelopePlace[]): Promise<Removed[]> {
  const known = places.filter(({ day }) => day !== null);
  const unknown = places.filter(({ day }) => day === null);
  const removed: Removed[] = [];
  if (known.length > 0) {
    const days = int4Array(known.map(({ day }) => day!));
    removed.push(...(await connection.run<Removed>(REMOVE, [...parameters(known), days])));
  }
  if (unknown.length > 0) removed.push(...(await connection.run<Removed>(REMOVE_ANYWHERE, parameters(unknown))));
  return removed;
}

const parameters = (places: readonly EnvelopePlace[]): Buffer[] => [
  int8Array(places.map(({ queue }) => queue)),
  byteaArray(places.map(({ id }) => id)),
];

const CONTACT = 0;

/** Takes it off the counters of its queue. */
export function subtract(changes: ReadonlyMap<number, QueueChange>, { queue, lane, bytes }: Removed): void {
  const change = changes.get(queue)!;
  if (lane === CONTACT) {
    change.contacts--;
    change.contactBytes -= bytes;
  } else {
    change.strangers--;
  }
}
