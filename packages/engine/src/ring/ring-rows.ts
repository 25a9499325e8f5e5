/** Descriptors of networks between runs, sealed: which networks one's contacts use is nobody's business. */
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';

interface RingRecord {
  readonly descriptors: readonly Uint8Array[];
  /** When everything was fetched last, ms since 1970. */
  readonly fetchedAt: number;
}

const PREFIX = 'ring/';
/** Networks kept; beyond them the one fetched longest ago goes. */
const MOST_RINGS = 64;

export class RingRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  load(network: Uint8Array): RingRecord | null {
    return this.#database.getMeta(this.#name(network)) as RingRecord | null;
  }

  save(network: Uint8Array, record: RingRecord): void {
    this.#database.transaction(() => {
      this.#database.setMeta(this.#name(network), record);
      this.#prune();
    });
  }

  #prune(): void {
    const names = this.#database.getMetaNames(PREFIX);
    if (names.length <= MOST_RINGS) return;
    const fetchedAt = (name: string): number => (this.#database.getMeta(name) as RingRecord | null)?.fetchedAt ?? 0;
    const [oldest] = names.map((name) => ({ name, at: fetchedAt(name) })).sort((a, b) => a.at - b.at);
    if (oldest !== undefined) this.#database.removeMeta(oldest.name);
  }

  #name(network: Uint8Array): string {
    return `${PREFIX}${toHex(this.#database.rows.tag('ring', network))}`;
  }
}
