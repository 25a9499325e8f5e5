import type { EngineEvent } from '../../../api.ts';
import type { EngineBackend } from '../../../rpc/engine-connection.ts';
import { isObject } from '../../../rpc/json-rpc.ts';
import type { RpcMethodName } from '../../../rpc/rpc-methods.ts';
import { RemoteCalls } from '../rpc/remote-calls.ts';

/** The engine in the tab that leads, as another tab reaches it. */
export class LeaderLink implements EngineBackend {
  readonly leader: string;
  readonly calls: RemoteCalls;
  #onEvent: (event: EngineEvent) => void = () => undefined;
  #onLost: () => void = () => undefined;

  constructor(leader: string, ask: (message: object) => void) {
    this.leader = leader;
    this.calls = new RemoteCalls(ask);
  }

  call(method: RpcMethodName, params: unknown): Promise<unknown> {
    return this.calls.call(method, params);
  }

  listen(onEvent: (event: EngineEvent) => void, onLost: () => void): void {
    this.#onEvent = onEvent;
    this.#onLost = onLost;
  }

  receive(message: object): void {
    if (isObject(message)) this.calls.receive(message);
  }

  event(event: EngineEvent): void {
    this.#onEvent(event);
  }

  /** That tab leads no more. */
  lose(): void {
    this.#onLost();
    this.calls.lose();
  }
}
