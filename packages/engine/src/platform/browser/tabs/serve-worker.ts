import { loadWebPrimitives } from '@sotto/primitives-web';
import { introduceToStranger } from '../../../contacts/introduction.ts';
import { asRequest, isObject } from '../../../rpc/json-rpc.ts';
import { failureState } from '../host/browser-errors.ts';
import type { HostParts } from '../host/profile-host.ts';
import { NoStorage } from '../no-storage.ts';
import { ServedCalls } from '../rpc/served-calls.ts';
import { loadSqlite } from '../sqlite/load-sqlite.ts';
import { PrivateTab } from './private-tab.ts';
import { SharedTab } from './shared-tab.ts';
import type { TabHooks, TabProfile } from './tab-profile.ts';

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
  let parts: Promise<HostParts> | null = null;
  const loadParts = (): Promise<HostParts> => (parts ??= load());
  let isEmpty = false;
  const hooks: TabHooks = {
    onState: (state) => {
      isEmpty = state.kind === 'empty';
      notify('state', state);
    },
    onEvent: (event) => notify('event', event),
    onPosition: (position) => notify('position', position),
  };
  let tab: TabProfile | null = null;
  const calls = new ServedCalls(async (method, params, tell, signal) => {
    if (method === 'close') return await tab?.close();
    try {
      return await tab?.perform(method, params, tell, signal);
    } catch (error) {
      if (method !== 'describe' || !isEmpty || !isObject(params) || typeof params['to'] !== 'string') throw error;
      // Who was invited sees by whom, before there is an engine to ask.
      return introduceToStranger((await loadParts()).primitives, params['to']);
    }
  }, send);
  scope.addEventListener('message', ({ data }) => {
    const request = asRequest(data);
    if (request?.method === 'network' && isObject(request.params)) {
      // As if the worker had heard it itself: sockets and host listen there.
      dispatchEvent(new Event(request.params['type'] === 'offline' ? 'offline' : 'online'));
      return;
    }
    if (request?.method !== 'open' || !isObject(request.params)) {
      calls.receive(data);
      return;
    }
    try {
      tab ??= open(request.params, loadParts, hooks);
    } catch (error) {
      // No Web Locks, no BroadcastChannel: not a secure context, or a browser that is too old.
      hooks.onState(failureState(new NoStorage({ cause: error })));
    }
  });
  // The page knows by it that there is a worker.
  notify('state', { kind: 'starting' });
}

function open(
  { profile, position }: Record<string, unknown>,
  loadParts: () => Promise<HostParts>,
  hooks: TabHooks,
): TabProfile {
  if (typeof profile !== 'string') return new PrivateTab(loadParts(), hooks);
  return new SharedTab(profile, loadParts, hooks, typeof position === 'number' ? position : null);
}

async function load(): Promise<HostParts> {
  const [sqlite, primitives] = await Promise.all([loadSqlite(), loadWebPrimitives()]);
  return { sqlite, primitives };
}
