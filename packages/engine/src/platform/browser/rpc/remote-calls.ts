import { isObject } from '../../../rpc/json-rpc.ts';
import { RpcCalls } from '../../../rpc/rpc-calls.ts';

export interface CallOptions {
  readonly onProgress?: (progress: unknown) => void;
  readonly signal?: AbortSignal;
}

/** The caller's side of ServedCalls. */
export class RemoteCalls {
  readonly #calls: RpcCalls;
  readonly #progress = new Map<unknown, (progress: unknown) => void>();

  constructor(send: (message: object) => void) {
    this.#calls = new RpcCalls(send);
  }

  /** @throws EngineError of the other side; OwnerLost */
  async call(method: string, params: unknown, { onProgress, signal }: CallOptions = {}): Promise<unknown> {
    const { id, result } = this.#calls.begin(method, params);
    const abort = (): void => this.#calls.notify('abort', { id });
    if (onProgress !== undefined) this.#progress.set(id, onProgress);
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort);
    try {
      return await result;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#progress.delete(id);
    }
  }

  notify(method: string, params: unknown): void {
    this.#calls.notify(method, params);
  }

  /** Takes an answer or word of a call under way. */
  receive(message: Record<string, unknown>): void {
    const { method, params } = message;
    if (method === undefined) this.#calls.settle(message);
    else if (method === 'progress' && isObject(params)) this.#progress.get(params['id'])?.(params['progress']);
  }

  /** There is nobody any more who could answer: calls under way reject with OwnerLost. */
  lose(): void {
    this.#calls.lose();
  }
}
