// Runs in a worker of the browser: the contract suite of ClientStore over the stores that the web client uses.
import { describeClientStore } from '../../../../../packages/engine/src/platform/node/client-store.contract.ts';
import { loadSqlite } from '../../../../../packages/engine/src/platform/browser/sqlite/load-sqlite.ts';
import { OpfsPool } from '../../../../../packages/engine/src/platform/browser/sqlite/opfs-pool.ts';
import { WasmStore } from '../../../../../packages/engine/src/platform/browser/sqlite/wasm-store.ts';
import { it, expect, runCollected } from './small-vitest.ts';
import type { SmallResult } from './small-vitest.ts';

async function runContract(): Promise<SmallResult[]> {
  const sqlite = await loadSqlite();
  let store = WasmStore.inMemory(sqlite);
  store.close();
  const inMemory = (): WasmStore => (store = WasmStore.inMemory(sqlite));
  describeClientStore('in memory', false, inMemory, () => {
    store.close();
    return inMemory();
  });
  it('CSTORE-8: a database in memory can be had as bytes, and made of them again', () => {
    const first = WasmStore.inMemory(sqlite);
    first.run('CREATE TABLE t (v)');
    first.run('INSERT INTO t VALUES (?)', 'kept');
    const image = first.image();
    first.close();
    const second = WasmStore.inMemory(sqlite, image);
    expect(second.get('SELECT v FROM t')?.['v']).toBe('kept');
    second.run('INSERT INTO t SELECT randomblob(10000) FROM t');
    second.close();
  });
  it('CSTORE-8: what is no image of a database is refused as corrupt', () => {
    const nonsense = (): WasmStore => WasmStore.inMemory(sqlite, new Uint8Array(8192).fill(7));
    expect(nonsense).toThrow(expect.objectContaining({ name: 'StoreError', code: 'corrupt' }));
  });
  const results = await runCollected();
  const pool = await OpfsPool.acquire(sqlite, 'contract');
  const durable = (): WasmStore => (store = pool.openStore());
  const fresh = (): WasmStore => {
    store.close();
    pool.unlinkDatabase();
    return durable();
  };
  describeClientStore('in OPFS', true, fresh, () => {
    store.close();
    return durable();
  });
  const inFiles = await runCollected();
  await pool.erase();
  return [
    ...results.map(({ title, failure }) => ({ title: `in memory: ${title}`, failure })),
    ...inFiles.map(({ title, failure }) => ({ title: `in OPFS: ${title}`, failure })),
  ];
}

addEventListener('message', () => {
  void runContract().then(
    (results) => (globalThis as unknown as Worker).postMessage(results),
    (error: unknown) =>
      (globalThis as unknown as Worker).postMessage([{ title: 'the suite runs', failure: String(error) }]),
  );
});
