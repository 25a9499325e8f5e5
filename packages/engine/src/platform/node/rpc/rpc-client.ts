import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { EngineError } from '../../../api.ts';
import type { EngineEvent } from '../../../api.ts';
import type { DatabaseKey } from '../keys/database-key.ts';
import { readLines } from './json-lines.ts';
import { isObject } from '../../../rpc/json-rpc.ts';
import { OwnerLost, RpcCalls } from '../../../rpc/rpc-calls.ts';
import { LOCAL_PROTOCOL } from './owner-address.ts';
import type { OwnerAddress } from './owner-address.ts';
import type { RpcMethodName } from '../../../rpc/rpc-methods.ts';

/** The owner is trusted; a page of long messages is a long line. */
const MAX_ANSWER = 64 << 20;

/** The client's side: calls the engine that another process runs. */
export class RpcClient {
  onEvent: (event: EngineEvent) => void = () => undefined;
  /** Called once, also after close(). */
  onClose: () => void = () => undefined;
  /** Of a profile locked with a passphrase: this process can take over without asking for it again (RPC-7). */
  databaseKey: DatabaseKey | null = null;
  readonly #socket: Socket;
  readonly #calls: RpcCalls;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#calls = new RpcCalls((message) => socket.write(`${JSON.stringify(message)}\n`));
  }

  /**
   * @returns null when nobody listens there, or whoever does is leaving.
   * @throws EngineError('failed') when the owner is another version of Sotto
   */
  static async connect(owner: OwnerAddress, timeoutMs: number): Promise<RpcClient | null> {
    const socket = connect(owner.address);
    const client = new RpcClient(socket);
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    const hello = client.#hello(owner.secret);
    client.#read();
    try {
      client.databaseKey = readKey(await hello);
      return client;
    } catch (error) {
      socket.destroy();
      if (error instanceof OwnerLost) return null;
      throw new EngineError(
        'failed',
        'Another version of Sotto is using this profile. Close it, or update it, and try again.',
        true,
        { cause: error },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws EngineError of the engine; OwnerLost */
  async call(method: RpcMethodName, params: unknown): Promise<unknown> {
    return await this.#calls.call(method, params);
  }

  close(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  #hello(secret: string): Promise<unknown> {
    return this.#calls.call('hello', { secret, protocol: LOCAL_PROTOCOL });
  }

  #read(): void {
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => {
      this.#calls.lose();
      this.onClose();
    });
    readLines(this.#socket, MAX_ANSWER, {
      onLine: (line) => this.#receive(line),
      onBadLine: () => this.#socket.destroy(),
      onEnd: () => this.#socket.destroy(),
    });
  }

  #receive(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      this.#socket.destroy();
      return;
    }
    if (!isObject(message)) return;
    if (message['method'] === 'event') {
      this.onEvent(message['params'] as EngineEvent);
      return;
    }
    this.#calls.settle(message);
  }
}

function readKey(hello: unknown): DatabaseKey | null {
  const key = isObject(hello) ? hello['key'] : null;
  return typeof key === 'string' && /^[0-9a-f]{64}$/.test(key)
    ? { key: new Uint8Array(Buffer.from(key, 'hex')), protection: 'passphrase' }
    : null;
}
