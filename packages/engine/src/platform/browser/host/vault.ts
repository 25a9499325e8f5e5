import type { BrowserProtection } from '../profile-client.ts';
import type { WasmStore } from '../sqlite/wasm-store.ts';

/** An open database and the key of its rows. */
export interface OpenVault {
  readonly store: WasmStore;
  /** 32 B */
  readonly databaseKey: Uint8Array;
  readonly protection: BrowserProtection;
}

/** Where a profile of this browser is kept. Its methods are called one after another. */
export interface Vault {
  /** How the key is kept; null: there is no profile here yet. @throws StoreError */
  inspect(): Promise<BrowserProtection | null>;
  /**
   * Opens the database, or makes it and its key.
   * @param known the key, from unlock() or from the tab that led before; copied
   * @throws StoreError('corrupt') also when the key is not the database's
   */
  open(known: Uint8Array | null): Promise<OpenVault>;
  /** The key. @throws EngineError('not-allowed') when it is not the passphrase */
  unlock(passphrase: string): Promise<Uint8Array>;
  /**
   * Keeps the key in another way, all or nothing: under `passphrase`, or, when it is null, by this browser (TAB-8).
   * @throws EngineError('not-allowed' | 'disk-full')
   */
  rewrap(databaseKey: Uint8Array, passphrase: string | null): Promise<BrowserProtection>;
  /** Nothing of the profile is left. The database is closed. */
  erase(): Promise<void>;
  /** Lets go of the files. The database is closed. */
  close(): void;
  /** How much more this browser takes; null when it does not say. */
  freeBytes(): number | null;
}
