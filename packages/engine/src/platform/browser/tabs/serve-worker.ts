import { loadWebPrimitives } from '@sotto/primitives-web';
import { asRequest, isObject } from '../../../rpc/json-rpc.ts';
import { MemoryVault } from '../host/memory-vault.ts';
import { ProfileHost } from '../host/profile-host.ts';
import { ServedCalls } from '../rpc/served-calls.ts';
import { loadSqlite } from '../sqlite/load-sqlite.ts';

/** Of DedicatedWorkerGlobalScope what is used here: the types of a page stand beside those of a worker. */
interface WorkerScope {
  postMessage(message: object): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** Runs in a dedicated worker of a page: serves the profile that the page opens. */
export function serveWorker(): void {
  const scope = globalThis as unknown as WorkerScope;
  const send = (message: object): void => scope.postMessage(message);
  const notify = (method: string, params: unknown): void => send({ jsonrpc: '2.0', method, params });
  let opening: Promise<ProfileHost> | null = null;
  const calls = new ServedCalls(async (method, params) => {
    const host = await opening;
    if (host === null) return null;
    if (method === 'close') return await host.close();
    return await host.perform(method, params);
  }, send);
  scope.addEventListener('message', ({ data }) => {
    const request = asRequest(data);
    if (request?.method === 'open' && isObject(request.params)) {
      opening ??= open({ onState: (state) => notify('state', state), onEvent: (event) => notify('event', event) });
    } else {
      calls.receive(data);
    }
  });
}

async function open(hooks: ConstructorParameters<typeof ProfileHost>[2]): Promise<ProfileHost> {
  const [sqlite, primitives] = await Promise.all([loadSqlite(), loadWebPrimitives()]);
  const host = new ProfileHost({ sqlite, primitives }, new MemoryVault(sqlite), hooks);
  await host.start(null);
  return host;
}
