import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { EngineError } from '../../../api.ts';
import { StoreError } from '../../../ports.ts';
import type { Primitives } from '../../../ports.ts';
import { isKeyOf } from '../../../store/is-key-of.ts';
import { KeyRecords } from '../keys/key-record.ts';
import type { KeyRecord } from '../keys/key-record.ts';
import {
  requireOpens,
  unwrapByBrowser,
  unwrapByPassphrase,
  wrapByBrowser,
  wrapByPassphrase,
} from '../keys/wrap-key.ts';
import type { BrowserProtection } from '../profile-client.ts';
import { OpfsPool } from '../sqlite/opfs-pool.ts';
import { webRandom } from '../web-random.ts';
import { FreeBytes } from './free-bytes.ts';
import type { OpenVault, Vault } from './vault.ts';
import { say } from '../../../sentences/say.ts';

/** A profile in the storage of this browser: its database in files, its key in IndexedDB. */
export class OpfsVault implements Vault {
  readonly #parts: { readonly sqlite: Sqlite3Static; readonly primitives: Primitives };
  readonly #profile: string;
  readonly #records: KeyRecords;
  readonly #free = new FreeBytes();
  #pool: OpfsPool | null = null;

  /** The caller leads the profile's tabs. */
  constructor(parts: { readonly sqlite: Sqlite3Static; readonly primitives: Primitives }, profile: string) {
    this.#parts = parts;
    this.#profile = profile;
    this.#records = new KeyRecords(profile);
  }

  async inspect(): Promise<BrowserProtection | null> {
    const [record, pool] = await Promise.all([this.#records.read(), this.#held()]);
    if (record?.way === 'erased') {
      await this.erase();
      return null;
    }
    // The key is written down before the database is made.
    if (record === null && pool.hasDatabase) throw new StoreError('corrupt', 'the key of the database is missing');
    return record === null ? null : record.way;
  }

  async open(known: Uint8Array | null): Promise<OpenVault> {
    const record = (await this.#records.read()) ?? (await this.#newRecord());
    const databaseKey = known === null ? await this.#unwrap(record) : known.slice();
    const protection = record.way === 'passphrase' ? 'passphrase' : 'browser';
    const store = (await this.#held()).openStore();
    try {
      if (!isKeyOf(store, databaseKey, this.#parts.primitives)) {
        throw new StoreError('corrupt', 'the key is the one of another database');
      }
      return { store, databaseKey, protection };
    } catch (error) {
      store.close();
      databaseKey.fill(0);
      throw error;
    }
  }

  async unlock(passphrase: string): Promise<Uint8Array> {
    const record = await this.#records.read();
    if (record?.way === 'passphrase') return await unwrapByPassphrase(this.#parts.primitives, record, passphrase);
    throw new EngineError('not-allowed', say('browser-not-locked'));
  }

  async rewrap(databaseKey: Uint8Array, passphrase: string | null): Promise<BrowserProtection> {
    const { primitives } = this.#parts;
    const record =
      passphrase === null
        ? await wrapByBrowser(databaseKey)
        : await wrapByPassphrase(primitives, databaseKey, passphrase);
    await requireOpens(primitives, record, passphrase, databaseKey);
    await this.#records.replace(record);
    return passphrase === null ? 'browser' : 'passphrase';
  }

  /** The key first: from then on nothing of it can be read, whatever happens. What is left is erased at the next start. */
  async erase(): Promise<void> {
    await this.#records.replace({ way: 'erased' });
    const pool = await this.#held();
    this.#pool = null;
    await pool.erase();
    await this.#records.erase();
  }

  close(): void {
    this.#pool?.release();
    this.#pool = null;
  }

  freeBytes(): number | null {
    return this.#free.now();
  }

  async #held(): Promise<OpfsPool> {
    this.#pool ??= await OpfsPool.acquire(this.#parts.sqlite, this.#profile);
    return this.#pool;
  }

  async #newRecord(): Promise<KeyRecord> {
    const databaseKey = webRandom(32);
    const record = await wrapByBrowser(databaseKey);
    databaseKey.fill(0);
    await this.#records.replace(record);
    return record;
  }

  async #unwrap(record: KeyRecord): Promise<Uint8Array> {
    if (record.way === 'browser') return await unwrapByBrowser(record);
    throw new EngineError('not-allowed', say('browser-locked'));
  }
}
