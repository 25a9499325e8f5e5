import { EngineError } from '../api.ts';
import type { EngineErrorCode } from '../api.ts';
import { RPC_ERRORS, isObject } from './json-rpc.ts';
import { readSaid } from '../sentences/read-said.ts';

/** The connection to the owner ended: calls under way may have been carried out, or not. */
export class OwnerLost extends Error {
  constructor() {
    super('what ran this profile has ended');
    this.name = 'OwnerLost';
  }
}

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The caller's side of JSON-RPC over anything that carries objects. */
export class RpcCalls {
  readonly #send: (message: object) => void;
  readonly #pending = new Map<number, PendingCall>();
  #nextId = 0;
  #lost = false;

  constructor(send: (message: object) => void) {
    this.#send = send;
  }

  /** @returns the id under which the call goes. `result` rejects with EngineError of the other side; OwnerLost */
  begin(method: string, params: unknown): { readonly id: number; readonly result: Promise<unknown> } {
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#lost) {
      reject(new OwnerLost());
    } else {
      this.#pending.set(id, { resolve, reject });
      this.#send({ jsonrpc: '2.0', id, method, params });
    }
    return { id, result: promise };
  }

  /** @throws EngineError of the other side; OwnerLost */
  async call(method: string, params: unknown): Promise<unknown> {
    return await this.begin(method, params).result;
  }

  /** What is never answered. */
  notify(method: string, params: unknown): void {
    if (!this.#lost) this.#send({ jsonrpc: '2.0', method, params });
  }

  /** Takes an answer; anything else is left alone. */
  settle(message: Record<string, unknown>): void {
    const id = message['id'];
    if (typeof id !== 'number') return;
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    if (isObject(message['error'])) call?.reject(toEngineError(message['error']));
    else call?.resolve(message['result']);
  }

  /** There is nobody any more who could answer. */
  lose(): void {
    this.#lost = true;
    const calls = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of calls) call.reject(new OwnerLost());
  }
}

function toEngineError(error: Record<string, unknown>): EngineError {
  const message = typeof error['message'] === 'string' ? error['message'] : 'The call failed';
  const data = isObject(error['data']) ? error['data'] : {};
  if (error['code'] === RPC_ERRORS.invalidParams) return new EngineError('bad-input', message);
  const code = typeof data['code'] === 'string' ? (data['code'] as EngineErrorCode) : 'failed';
  const said = readSaid(data['said']);
  return new EngineError(code, said === undefined ? message : { text: message, said }, data['retry'] === true);
}
