import { EngineError } from '../api.ts';
import type { EngineEvent, EngineHandle } from '../api.ts';
import type { Clock } from '../ports.ts';
import { isObject } from './json-rpc.ts';
import { MissedMessages } from './missed-messages.ts';
import { OwnerLost } from './rpc-calls.ts';
import { engineOver, mayCallAgain } from './rpc-methods.ts';
import type { RpcMethodName } from './rpc-methods.ts';
import { say } from '../sentences/say.ts';

/** An engine as it is reached now: here, or through whoever runs it. */
export interface EngineBackend {
  /** Rejects with OwnerLost when whoever runs it has gone: the call may have been carried out, or not. */
  call(method: RpcMethodName, params: unknown): Promise<unknown>;
  /** Called once. `onLost`: it is gone for good; told before the calls under way reject. */
  listen(onEvent: (event: EngineEvent) => void, onLost: () => void): void;
}

export interface ConnectionParts<Backend extends EngineBackend> {
  /** Finds the engine, or begins to run it. */
  readonly attach: () => Promise<Backend>;
  /** 32 hex digits, never the same twice. */
  readonly newMessageId: () => string;
  readonly clock: Pick<Clock, 'after'>;
  /** How far the history went when the listeners began to hear of what comes. */
  readonly onBegun?: (position: number) => void;
}

/** How long to wait before looking again for the next engine, when there was none. */
const REATTACH_MS = 1000;

/**
 * One engine for who uses it, whoever runs it: when that one ends and another takes over, calls under way are made
 * again (RPC-8) and no message event is lost (RPC-9).
 */
export class EngineConnection<Backend extends EngineBackend> {
  readonly #parts: ConnectionParts<Backend>;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #missed: MissedMessages;
  #backend: Promise<Backend> | null = null;
  #closed = false;
  #attachedOnce: boolean;

  /** @param position up to which the listeners have seen the history, when an earlier connection told it */
  constructor(parts: ConnectionParts<Backend>, position: number | null = null) {
    this.#parts = parts;
    this.#missed = new MissedMessages(position);
    this.#attachedOnce = position !== null;
  }

  /** @throws what `attach` throws */
  attached(): Promise<Backend> {
    if (this.#closed) return Promise.reject(new EngineError('closed', say('engine-closed')));
    this.#backend ??= this.#open();
    return this.#backend;
  }

  /** @param close is to call end() */
  handle(close: () => Promise<void>): EngineHandle {
    return {
      ...engineOver((method, params) => this.call(method, params)),
      on: (listener) => this.on(listener),
      close,
    };
  }

  async call(method: RpcMethodName, params: unknown): Promise<unknown> {
    // Chosen here, so that a message whose sending was cut off is not sent twice.
    const complete = method === 'send' && isObject(params) ? { id: this.#parts.newMessageId(), ...params } : params;
    for (;;) {
      const backend = await this.attached();
      try {
        return await backend.call(method, complete);
      } catch (error) {
        if (!(error instanceof OwnerLost)) throw error;
        if (this.#closed || !mayCallAgain(method)) {
          throw new EngineError('closed', say('owner-ended'), true, { cause: error });
        }
      }
    }
  }

  on(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.attached()
        .then((backend) => this.#begin(backend))
        .catch(() => undefined);
    }
    return () => this.#listeners.delete(listener);
  }

  /** Nothing is asked or told any more. @returns what the engine was reached through, to be let go of */
  async end(): Promise<Backend | null> {
    if (this.#closed) return null;
    this.#closed = true;
    this.#listeners.clear();
    return (await this.#backend?.catch(() => null)) ?? null;
  }

  async #open(): Promise<Backend> {
    let backend: Backend;
    try {
      backend = await this.#parts.attach();
    } catch (error) {
      this.#backend = null;
      throw error;
    }
    backend.listen(
      (event) => this.#emit(event),
      () => this.#lost(),
    );
    if (this.#attachedOnce) void this.#catchUp(backend);
    else if (this.#listeners.size > 0) void this.#begin(backend);
    this.#attachedOnce = true;
    return backend;
  }

  async #begin(backend: Backend): Promise<void> {
    await this.#missed.begin((method, params) => backend.call(method, params));
    if (this.#missed.position !== null) this.#parts.onBegun?.(this.#missed.position);
  }

  /** The owner has gone: find the next one even if nobody calls, for the events. */
  #lost(): void {
    this.#backend = null;
    this.#missed.pause();
    this.#reattach();
  }

  #reattach(): void {
    if (this.#closed) return;
    this.attached().catch(() => {
      if (this.#listeners.size > 0 && !this.#closed) this.#parts.clock.after(REATTACH_MS, () => this.#reattach());
    });
  }

  async #catchUp(backend: Backend): Promise<void> {
    for await (const event of this.#missed.resume((method, params) => backend.call(method, params))) {
      this.#deliver(event);
    }
    this.#deliver({ type: 'resumed' });
  }

  #emit(event: EngineEvent): void {
    if (this.#missed.admit(event)) this.#deliver(event);
  }

  #deliver(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
