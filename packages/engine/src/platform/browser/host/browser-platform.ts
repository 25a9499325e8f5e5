import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { Platform, Primitives } from '../../../ports.ts';
import { browserClock } from '../browser-clock.ts';
import { browserDialer } from '../browser-dialer.ts';
import { WasmStore } from '../sqlite/wasm-store.ts';
import { webRandom } from '../web-random.ts';
import type { OpenVault, Vault } from './vault.ts';

/** What an engine is made of in a browser. */
export function browserPlatform(
  { sqlite, primitives }: { sqlite: Sqlite3Static; primitives: Primitives },
  vault: Vault,
  { store, databaseKey, protection }: OpenVault,
): Platform {
  return {
    primitives,
    random: webRandom,
    clock: browserClock,
    dialer: browserDialer,
    store,
    openMemoryStore: (image) => WasmStore.inMemory(sqlite, image),
    databaseKey,
    keyProtection: protection,
    freeBytes: () => vault.freeBytes(),
  };
}
