/** Descriptors of nodes between connections, sealed: which nodes one's contacts use is nobody's business. */
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';
import type { DescriptorCache } from '../connection/index.ts';

export class Descriptors implements DescriptorCache {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  load(node: Uint8Array): Uint8Array | null {
    return (this.#database.getMeta(this.#name(node)) as { descriptor: Uint8Array } | null)?.descriptor ?? null;
  }

  save(node: Uint8Array, descriptor: Uint8Array): void {
    this.#database.transaction(() => this.#database.setMeta(this.#name(node), { descriptor }));
  }

  #name(node: Uint8Array): string {
    return `descriptor/${toHex(this.#database.rows.tag('node', node))}`;
  }
}
