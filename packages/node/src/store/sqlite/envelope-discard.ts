import { type DatabaseSync } from 'node:sqlite';
import { type EnvelopeRef } from '../ring-store.ts';
import { type EnvelopeTables } from './envelope-tables.ts';
import { type LaneNumber, subtract } from './mailboxes.ts';
import { keyOfId, shortIdOf } from './short-id.ts';

/** Rows of a settlement in one transaction, so that others are not held up for long. */
const SETTLED_ROWS = 4_000;

/** Removal without a tombstone, from the settled envelopes: recent ones are settled first. */
export class EnvelopeDiscard {
  readonly #tables: EnvelopeTables;
  readonly #statements;
  #settling = false;

  constructor(database: DatabaseSync, tables: EnvelopeTables) {
    this.#tables = tables;
    this.#statements = {
      known: database.prepare('SELECT sequence FROM known WHERE expires = ? AND id = ?'),
      envelope: database.prepare('SELECT id, mailbox, lane, length(body) AS bytes FROM envelope WHERE sequence = ?'),
      removeKnown: database.prepare('DELETE FROM known WHERE expires = ? AND id = ?'),
      removeWaiting: database.prepare('DELETE FROM waiting WHERE mailbox = ? AND sequence = ?'),
      remove: database.prepare('DELETE FROM envelope WHERE sequence = ?'),
    };
  }

  /** @returns whether to call again with the same refs */
  step(refs: readonly EnvelopeRef[]): boolean {
    const { recent } = this.#tables;
    if (this.#settling || refs.some(({ id }) => recent.get(keyOfId(id))?.gone === false)) {
      // To its end: half a run would be taken for a whole one by who comes next.
      this.#settling = !recent.settleAll(SETTLED_ROWS);
      return true;
    }
    for (const ref of refs) this.#remove(ref);
    return false;
  }

  #remove({ id, expires }: EnvelopeRef): void {
    // Acknowledged a moment ago: the next settlement removes it, and leaves a tombstone.
    if (this.#tables.recent.get(keyOfId(id)) !== undefined) return;
    const sequence = Number(this.#statements.known.get(expires, shortIdOf(id))?.['sequence'] ?? 0);
    const row = sequence === 0 ? undefined : this.#statements.envelope.get(sequence);
    if (row === undefined || Buffer.compare(row['id'] as Uint8Array, id) !== 0) return;
    this.#statements.removeKnown.run(expires, shortIdOf(id));
    this.#statements.remove.run(sequence);
    this.#statements.removeWaiting.run(row['mailbox']!, sequence);
    const cached = this.#tables.mailboxes.cached(Number(row['mailbox']));
    if (cached !== null) subtract(cached.usage[row['lane'] as LaneNumber], Number(row['bytes']));
  }
}
