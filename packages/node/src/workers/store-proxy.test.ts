import { describe, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { ALICE, envelope, many } from '../store/contract/samples.ts';
import { MemoryStore } from '../store/memory/memory-store.ts';
import { describeRelayStore, type OpenHarness } from '../store/relay-store.contract.ts';
import type { RelayStore, StoreItem, StoreOutcome } from '../store/relay-store.ts';
import { workerHarness } from '../store/sqlite/harness.contract.ts';
import { DEFAULT_STORE_LIMITS } from '../store/store-limits.ts';
import { BatchChannel } from './batch-channel.ts';
import { socketPair } from './socket-pair.fixture.ts';
import { hostStore } from './store-host.ts';
import { StoreProxy } from './store-proxy.ts';

/** A store as a worker sees it, and the channel to it. */
async function across(store: RelayStore) {
  const [near, far] = await socketPair();
  const channel = new BatchChannel(near);
  const host = new BatchChannel(far);
  hostStore(host, store, silentLog);
  return { proxy: new StoreProxy(channel), channel, host };
}

/** The store of another harness behind a channel; closing the proxy closes it as well, as at the end of the node. */
const proxied =
  (open: OpenHarness): OpenHarness =>
  async (limits) => {
    const harness = await open(limits);
    const { reopen } = harness;
    let { proxy } = await across(harness.store);
    return {
      store: proxy,
      reopen:
        reopen === null
          ? null
          : async () => {
              await proxy.close();
              ({ proxy } = await across(await reopen()));
              return proxy;
            },
      dispose: harness.dispose,
    };
  };

describeRelayStore(
  'memory, in another process',
  proxied((limits) => {
    const store = new MemoryStore(limits);
    return Promise.resolve({ store, reopen: null, dispose: () => store.close() });
  }),
);
describeRelayStore('sqlite, in another process', proxied(workerHarness));

describe('a store in another process', () => {
  test('OPS-40: calls of several workers take effect in the order of each of them', async () => {
    const store = new MemoryStore(DEFAULT_STORE_LIMITS);
    const workers = [await across(store), await across(store)];
    const stored = workers.map(({ proxy }, worker) =>
      Promise.all(many(200, `${worker}-`).map((item) => proxy.store([item]))),
    );
    await Promise.all(stored);
    const page = await workers[0]!.proxy.take(ALICE, 1, 0, 1000);
    for (const [worker] of workers.entries()) {
      const own = new Set(many(200, `${worker}-`).map(({ id }) => Buffer.from(id).toString('hex')));
      const seen = page.map(({ id }) => Buffer.from(id).toString('hex')).filter((id) => own.has(id));
      expect(seen).toEqual([...own]);
    }
  });

  test('OPS-40: what fails otherwise than a store fails is "failed", and its text stays where it was', async () => {
    class Broken extends MemoryStore {
      override store(): Promise<StoreOutcome[]> {
        return Promise.reject(new TypeError('something about an envelope'));
      }
    }
    const { proxy } = await across(new Broken(DEFAULT_STORE_LIMITS));
    await expect(proxy.store([envelope('a')])).rejects.toMatchObject({ code: 'failed', message: 'the store failed' });
    expect(await proxy.waiting(ALICE, 1)).toBe(0);
  });

  test('OPS-40: bytes of a wrong length are refused here, and the calls around them are made', async () => {
    const { proxy } = await across(new MemoryStore(DEFAULT_STORE_LIMITS));
    const wrong: StoreItem = { ...envelope('b'), id: new Uint8Array(31) };
    const results = await Promise.allSettled([
      proxy.store([envelope('a')]),
      proxy.store([envelope('c'), wrong]),
      proxy.store([envelope('d')]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await proxy.waiting(ALICE, 1)).toBe(2);
  });

  test('OPS-41: a worker whose store is gone is told so, whatever it waits for', async () => {
    class Silent extends MemoryStore {
      override store(): Promise<StoreOutcome[]> {
        return new Promise(() => {});
      }
    }
    const { proxy, host } = await across(new Silent(DEFAULT_STORE_LIMITS));
    const stored = proxy.store([envelope('a')]);
    stored.catch(() => {});
    await new Promise(setImmediate);
    host.destroy();
    await expect(stored).rejects.toMatchObject({ code: 'failed' });
    await expect(proxy.waiting(ALICE, 1)).rejects.toMatchObject({ code: 'failed' });
    await proxy.close();
  });

  test('OPS-41: what a worker asked for before it died is done', async () => {
    const store = new MemoryStore(DEFAULT_STORE_LIMITS);
    const { proxy, channel } = await across(store);
    const stored = proxy.store([envelope('a')]);
    stored.catch(() => {});
    channel.flush();
    channel.destroy();
    await expect(stored).rejects.toMatchObject({ code: 'failed' });
    await expect.poll(() => store.waiting(ALICE, 1)).toBe(1);
  });
});
