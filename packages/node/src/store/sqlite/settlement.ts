import { type DatabaseSync } from 'node:sqlite';
import { type Recent } from './mailboxes.ts';
import { bytesOfKey } from './short-id.ts';

export interface SettlementPace {
  /** Envelopes that gather in memory before they are settled. More: fewer page writes, longer opening. */
  readonly generation: number;
  /** Rows written with each commit, and for each envelope which that commit stored or acknowledged: at least 3. */
  readonly rowsPerCommit: number;
  readonly rowsPerEnvelope: number;
  /** Acknowledged envelopes that gather before their bodies are removed. */
  readonly removals: number;
}

export const DEFAULT_SETTLEMENT_PACE: SettlementPace = {
  generation: 32_768,
  rowsPerCommit: 64,
  rowsPerEnvelope: 4,
  removals: 65_536,
};

/** Work on one generation: each list in the order of the table it goes to. */
interface Generation {
  readonly through: number;
  readonly toWaiting: readonly Recent[];
  readonly toKnown: readonly Recent[];
}

/**
 * Moves one generation of recent envelopes into the indexes, sorted as these are, so that each page is written once
 * for many rows. It may take many transactions: index rows count only when the last one has moved `settled_through`.
 * After a crash in between it starts again and replaces them.
 */
export class Settlement {
  readonly #statements;
  #generation: Generation | null = null;
  #done = 0;
  #settledThrough = 0;
  #earliestExpiry = 0;

  constructor(database: DatabaseSync) {
    this.#statements = {
      select: database.prepare(`SELECT value FROM state WHERE name = 'settled_through'`),
      insertWaiting: database.prepare('INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?, ?, ?)'),
      insertKnown: database.prepare(
        'INSERT INTO known VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence',
      ),
      update: database.prepare(`UPDATE state SET value = ? WHERE name = 'settled_through'`),
    };
  }

  get active(): boolean {
    return this.#generation !== null;
  }

  get settledThrough(): number {
    return this.#settledThrough;
  }

  load(): void {
    this.#generation = null;
    this.#earliestExpiry = 0;
    this.#settledThrough = Number(this.#statements.select.get()!['value']);
  }

  /** `through`: the newest envelope that was recent. */
  begin(entries: readonly Recent[], through: number): void {
    const queued = entries.filter(({ gone }) => !gone);
    const firstExpiry = entries.reduce((first, { expires }) => Math.min(first, expires), Infinity);
    this.#generation = {
      through,
      toWaiting: sortedBy(queued, ({ mailbox }) => mailbox?.number ?? 0),
      toKnown: sortedBy(entries, ({ expires, key }) => (expires - firstExpiry) * 2 ** 16 + leadingBytes(key)),
    };
    this.#done = 0;
    this.#earliestExpiry = Math.min(this.#earliestExpiry, firstExpiry);
  }

  /** The earliest expiry among all that was settled since the last call; 0 when that is not known. */
  takeEarliestExpiry(): number {
    const earliest = this.#earliestExpiry;
    this.#earliestExpiry = Infinity;
    return earliest;
  }

  /** @returns whether the generation is settled */
  step(rows: number): boolean {
    const { through, toWaiting, toKnown } = this.#generation!;
    const knownFrom = toWaiting.length;
    const total = knownFrom + toKnown.length;
    for (const stop = Math.min(total, this.#done + rows); this.#done < stop; this.#done++) {
      if (this.#done < knownFrom) this.#insertWaiting(toWaiting[this.#done]!);
      else this.#insertKnown(toKnown[this.#done - knownFrom]!);
    }
    if (this.#done < total) return false;

    this.#statements.update.run(through);
    for (const mailbox of new Set(toWaiting.map((entry) => entry.mailbox))) mailbox?.recent.dropThrough(through);
    this.#settledThrough = through;
    this.#generation = null;
    return true;
  }

  // What was acknowledged meanwhile has no row to leave here.
  #insertWaiting({ gone, mailbox, sequence, expires, lane, bytes, key }: Recent): void {
    if (gone || mailbox === null) return;
    this.#statements.insertWaiting.run(mailbox.number, sequence, expires, lane, bytes, bytesOfKey(key));
  }

  #insertKnown({ gone, expires, key, sequence }: Recent): void {
    this.#statements.insertKnown.run(expires, bytesOfKey(key), gone ? 0 : sequence);
  }
}

/** The first two bytes of the id, as they sort. */
function leadingBytes(key: string): number {
  const pair = key.charCodeAt(0);
  return ((pair & 0xff) << 8) | (pair >> 8);
}

/**
 * Sorted by a rank, an integer from 0; ties keep their order. Rank and place are one number, so that the native sort
 * for numbers does: ten times faster than one that calls back. A rank too large for that counts as the largest: the
 * order decides which pages are near each other, never what is written.
 */
function sortedBy(entries: readonly Recent[], rank: (entry: Recent) => number): Recent[] {
  const count = entries.length;
  const largest = Math.floor(Number.MAX_SAFE_INTEGER / Math.max(1, count)) - 1;
  const keys = Float64Array.from(entries, (entry, place) => Math.min(rank(entry), largest) * count + place);
  return Array.from(keys.sort(), (key) => entries[key % count]!);
}
