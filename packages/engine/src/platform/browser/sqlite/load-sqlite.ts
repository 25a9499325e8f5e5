import sqlite3InitModule from '@sqlite.org/sqlite-wasm';
import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';

let loading: Promise<Sqlite3Static> | null = null;
let isQuotaReached = false;

/** SQLite compiled to WebAssembly, one for the worker. Of its file systems only memory and the OPFS pool are there. */
export function loadSqlite(): Promise<Sqlite3Static> {
  loading ??= initialize();
  return loading;
}

/** Whether a write failed for want of room since this was asked last: SQLite itself is only told that it failed. */
export function takeQuotaReached(): boolean {
  const was = isQuotaReached;
  isQuotaReached = false;
  return was;
}

function initialize(): Promise<Sqlite3Static> {
  const quiet = (): void => undefined;
  Object.assign(globalThis, {
    sqlite3ApiConfig: {
      debug: quiet,
      log: quiet,
      warn: quiet,
      error: noteFailure,
      disable: { vfs: { opfs: true, 'opfs-vfs': true, 'opfs-wl': true, kvvfs: true } },
    },
  });
  return sqlite3InitModule();
}

/** The pool reports here what its files threw. */
function noteFailure(...words: readonly unknown[]): void {
  for (const word of words) {
    if (!(word instanceof Error)) continue;
    // Chromium cuts a write short where there is no more room; SQLite's glue says so in these words.
    if (word.name === 'QuotaExceededError' || word.message.startsWith('Unknown write()')) isQuotaReached = true;
  }
}
