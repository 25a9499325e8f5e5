import { type DatabaseSync } from 'node:sqlite';
import { knownId, tagOf } from './known-id.ts';
import { type Recent } from './mailboxes.ts';

interface Generation {
  readonly through: number;
  readonly byMailbox: readonly Recent[];
  readonly byExpiry: readonly Recent[];
}

/**
 * Moves one generation of recent envelopes into the indexes `waiting` and `known`, sorted as these are, so that each
 * page is written once for many rows. It may take many transactions: its rows count only when the last one has moved
 * `settled_through`. After a crash in between it starts again and replaces them.
 */
export class Settlement {
  readonly #statements;
  #generation: Generation | null = null;
  #nextMailbox = 0;
  #nextExpiry = 0;
  #settledThrough = 0;
  #earliestExpiry = 0;

  constructor(database: DatabaseSync) {
    this.#statements = {
      select: database.prepare(`SELECT value FROM state WHERE name = 'settled_through'`),
      insertWaiting: database.prepare('INSERT OR REPLACE INTO waiting VALUES (?, ?, ?, ?, ?)'),
      insertKnown: database.prepare('INSERT OR REPLACE INTO known VALUES (?, ?, ?)'),
      update: database.prepare(`UPDATE state SET value = ? WHERE name = 'settled_through'`),
      removeTaken: database.prepare('DELETE FROM taken WHERE sequence <= ?'),
    };
  }

  get active(): boolean {
    return this.#generation !== null;
  }

  /** The newest sequence of the generation that is being settled, else of the one settled last. */
  get through(): number {
    return this.#generation?.through ?? this.#settledThrough;
  }

  get settledThrough(): number {
    return this.#settledThrough;
  }

  load(): void {
    this.#generation = null;
    this.#earliestExpiry = 0;
    this.#settledThrough = Number(this.#statements.select.get()!['value']);
  }

  begin(entries: Recent[]): void {
    const queued = entries.filter(({ gone }) => !gone);
    const mailboxOf = (entry: Recent): number => entry.mailbox?.number ?? 0;
    this.#generation = {
      through: entries.reduce((through, { sequence }) => Math.max(through, sequence), this.#settledThrough),
      byMailbox: queued.toSorted((a, b) => mailboxOf(a) - mailboxOf(b) || a.sequence - b.sequence),
      byExpiry: entries.toSorted((a, b) => a.expires - b.expires || (a.key < b.key ? -1 : 1)),
    };
    this.#nextMailbox = 0;
    this.#nextExpiry = 0;
    this.#earliestExpiry = Math.min(this.#earliestExpiry, this.#generation.byExpiry[0]?.expires ?? Infinity);
  }

  /** The earliest expiry among all that was settled since the last call; 0 when that is not known. */
  takeEarliestExpiry(): number {
    const earliest = this.#earliestExpiry;
    this.#earliestExpiry = Infinity;
    return earliest;
  }

  /** @returns whether the generation is settled */
  step(rows: number): boolean {
    const { byMailbox, byExpiry, through } = this.#generation!;
    let left = rows;
    for (; left > 0 && this.#nextMailbox < byMailbox.length; left--)
      this.#insertWaiting(byMailbox[this.#nextMailbox++]!);
    for (; left > 0 && this.#nextExpiry < byExpiry.length; left--) this.#insertKnown(byExpiry[this.#nextExpiry++]!);
    if (this.#nextMailbox < byMailbox.length || this.#nextExpiry < byExpiry.length) return false;

    this.#statements.update.run(through);
    this.#statements.removeTaken.run(through);
    for (const { mailbox } of byMailbox) mailbox?.recent.dropThrough(through);
    this.#settledThrough = through;
    this.#generation = null;
    return true;
  }

  // What was acknowledged meanwhile has no row to leave here.
  #insertWaiting({ gone, mailbox, sequence, key, lane, bytes }: Recent): void {
    if (gone || mailbox === null) return;
    this.#statements.insertWaiting.run(mailbox.number, sequence, tagOf(Buffer.from(key, 'latin1')), lane, bytes);
  }

  #insertKnown({ gone, expires, key, sequence }: Recent): void {
    this.#statements.insertKnown.run(expires, knownId(Buffer.from(key, 'latin1')), gone ? 0 : sequence);
  }
}
