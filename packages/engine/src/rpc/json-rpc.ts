/** The objects of JSON-RPC 2.0 (https://www.jsonrpc.org/specification), as far as both sides here need them. */

export type RpcId = string | number | null;

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface RpcRequest {
  readonly method: string;
  readonly params: unknown;
  /** undefined: a notification, which is never answered. */
  readonly id: RpcId | undefined;
}

export type RpcResponse =
  | { readonly jsonrpc: '2.0'; readonly id: RpcId; readonly result: unknown }
  | { readonly jsonrpc: '2.0'; readonly id: RpcId; readonly error: RpcError };

export const RPC_ERRORS = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  /** An EngineError; data is {code, retry}. */
  engine: -32_000,
} as const;

export function failure(id: RpcId, code: number, message: string, data?: unknown): RpcResponse {
  return { jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is RpcId {
  return typeof value === 'string' || typeof value === 'number' || value === null;
}

/** null when `value` is no request object. */
export function asRequest(value: unknown): RpcRequest | null {
  if (!isObject(value) || value['jsonrpc'] !== '2.0' || typeof value['method'] !== 'string') return null;
  const id = value['id'];
  if (id !== undefined && !isId(id)) return null;
  return { method: value['method'], params: value['params'], id };
}

/** The id of something that is no request, as far as it can be told. */
export function idOf(value: unknown): RpcId {
  return isObject(value) && isId(value['id']) ? value['id'] : null;
}
