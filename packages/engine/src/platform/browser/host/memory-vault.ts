import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { EngineError } from '../../../api.ts';
import { WasmStore } from '../sqlite/wasm-store.ts';
import { webRandom } from '../web-random.ts';
import type { OpenVault, Vault } from './vault.ts';
import { say } from '../../../sentences/say.ts';

/** A private session: nothing is kept anywhere (TAB-10). */
export class MemoryVault implements Vault {
  readonly #sqlite: Sqlite3Static;

  constructor(sqlite: Sqlite3Static) {
    this.#sqlite = sqlite;
  }

  inspect(): Promise<null> {
    return Promise.resolve(null);
  }

  open(): Promise<OpenVault> {
    const store = WasmStore.inMemory(this.#sqlite);
    return Promise.resolve({ store, databaseKey: webRandom(32), protection: 'memory' });
  }

  unlock(): Promise<never> {
    return Promise.reject(new EngineError('not-allowed', say('browser-private-unlockable')));
  }

  rewrap(): Promise<never> {
    return Promise.reject(new EngineError('not-allowed', say('browser-private-unlockable')));
  }

  erase(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // Nothing is held.
  }

  freeBytes(): null {
    return null;
  }
}
