import type { Plugin } from 'vite';

const PARTS = ['sqlite3-worker1.mjs', 'sqlite3-opfs-async-proxy.js'];

/**
 * SQLite for browsers can also be used from a page, by way of workers of its own, and with a file system that needs shared
 * memory. Sotto does neither: these two scripts, 250 kB that every visitor would keep, are left out.
 */
export function leanSqlite(): Plugin {
  return {
    name: 'sotto-lean-sqlite',
    enforce: 'pre',
    transform: {
      filter: { id: /[\\/]@sqlite\.org[\\/]sqlite-wasm[\\/]dist[\\/]index\.mjs$/ },
      handler(code) {
        let lean = code;
        for (const part of PARTS) {
          const before = `new URL("${part}", import.meta.url)`;
          if (!lean.includes(before)) this.error(`${part} is not used any more: see ${import.meta.filename}`);
          lean = lean.replaceAll(before, 'new URL("about:blank")');
        }
        return { code: lean, map: null };
      },
    },
  };
}
