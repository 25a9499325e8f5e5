import { asRequest, failure, isObject, RPC_ERRORS } from '../../../rpc/json-rpc.ts';
import type { RpcResponse } from '../../../rpc/json-rpc.ts';
import { failureOf } from '../../../rpc/rpc-failure.ts';

/** Carries out one call. `tell` sends word of it to the caller meanwhile; `signal` is aborted when it gives up. */
export type PerformCall = (
  method: string,
  params: unknown,
  tell: (progress: unknown) => void,
  signal: AbortSignal,
) => Promise<unknown>;

/**
 * The side that answers JSON-RPC over anything that carries objects. Beside requests there are the notifications
 * `abort` {id} of the caller and `progress` {id, progress} to it.
 */
export class ServedCalls {
  readonly #perform: PerformCall;
  readonly #send: (message: object) => void;
  readonly #running = new Map<unknown, AbortController>();

  constructor(perform: PerformCall, send: (message: object) => void) {
    this.#perform = perform;
    this.#send = send;
  }

  /** Calls under way. */
  get size(): number {
    return this.#running.size;
  }

  receive(message: unknown): void {
    const request = asRequest(message);
    if (request === null) return;
    const { id, method, params } = request;
    if (id !== undefined) void this.#answer(id, method, params);
    else if (method === 'abort' && isObject(params)) this.#running.get(params['id'])?.abort();
  }

  /** The caller has gone. */
  abort(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  async #answer(id: string | number | null, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const tell = (progress: unknown): void =>
      this.#send({ jsonrpc: '2.0', method: 'progress', params: { id, progress } });
    let response: RpcResponse;
    try {
      const result = await this.#perform(method, params ?? {}, tell, controller.signal);
      response = { jsonrpc: '2.0', id, result: result ?? null };
    } catch (error) {
      response = failureOf(id, error);
    }
    this.#running.delete(id);
    try {
      this.#send(response);
    } catch {
      // What cannot be sent is a fault of ours: the caller is not left without an answer.
      this.#send(failure(id, RPC_ERRORS.internal, 'Internal error', { code: 'failed', retry: false }));
    }
  }
}
