import type { EngineApi } from '../api.ts';

export type RpcMethodName = keyof EngineApi;

/**
 * Every method of the engine by name, and whether a call whose answer was lost is made again (RPC-8): `again` where
 * twice is the same as once. `send` is so because its id is chosen by who calls; `resend` because only a message
 * that failed is sent again, under the id it has.
 */
const METHODS: { readonly [Name in RpcMethodName]: 'again' | 'once' } = {
  whoami: 'again',
  connection: 'again',
  setProfile: 'again',
  add: 'again',
  describe: 'again',
  contacts: 'again',
  updateContact: 'again',
  removeContact: 'again',
  safetyNumber: 'again',
  send: 'again',
  resend: 'again',
  edit: 'again',
  delete: 'again',
  hide: 'again',
  react: 'again',
  setTimer: 'again',
  history: 'again',
  search: 'again',
  markRead: 'again',
  saveDraft: 'again',
  drafts: 'again',
  typing: 'again',
  present: 'again',
  say: 'once',
  devices: 'again',
  describeLink: 'again',
  approveLink: 'once',
  renameDevice: 'again',
  revokeDevice: 'once',
  cancelHistory: 'again',
  repair: 'again',
  doctor: 'again',
};

const RPC_METHOD_NAMES = Object.keys(METHODS) as readonly RpcMethodName[];

export function isRpcMethod(value: string): value is RpcMethodName {
  return Object.hasOwn(METHODS, value);
}

export function mayCallAgain(method: RpcMethodName): boolean {
  return METHODS[method] === 'again';
}

export function callEngine(engine: EngineApi, method: RpcMethodName, params: unknown): Promise<unknown> {
  return (engine[method].bind(engine) as (params: unknown) => Promise<unknown>)(params);
}

/** An engine whose methods all go through `call`. */
export function engineOver(call: (method: RpcMethodName, params: unknown) => Promise<unknown>): EngineApi {
  return Object.fromEntries(
    RPC_METHOD_NAMES.map((name) => [name, (params: unknown) => call(name, params)]),
  ) as unknown as EngineApi;
}
