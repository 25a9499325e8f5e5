import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { EngineError } from '../../../api.ts';
import type { EngineErrorCode, EngineEvent } from '../../../api.ts';
import type { DatabaseKey } from '../keys/database-key.ts';
import { readLines } from './json-lines.ts';
import { RPC_ERRORS, isObject } from './json-rpc.ts';
import { LOCAL_PROTOCOL } from './owner-address.ts';
import type { OwnerAddress } from './owner-address.ts';
import type { RpcMethodName } from './rpc-methods.ts';

/** The owner is trusted; a page of long messages is a long line. */
const MAX_ANSWER = 64 << 20;

/** The connection to the owner ended: calls under way may have been carried out, or not. */
export class OwnerLost extends Error {
  constructor() {
    super('the process that ran this profile has ended');
    this.name = 'OwnerLost';
  }
}

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The client's side: calls the engine that another process runs. */
export class RpcClient {
  onEvent: (event: EngineEvent) => void = () => undefined;
  /** Called once, also after close(). */
  onClose: () => void = () => undefined;
  /** Of a profile locked with a passphrase: this process can take over without asking for it again (RPC-7). */
  databaseKey: DatabaseKey | null = null;
  readonly #socket: Socket;
  readonly #pending = new Map<number, PendingCall>();
  #nextId = 1;

  private constructor(socket: Socket) {
    this.#socket = socket;
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
    return await this.#request(this.#nextId++, method, params);
  }

  close(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  #hello(secret: string): Promise<unknown> {
    return this.#request(0, 'hello', { secret, protocol: LOCAL_PROTOCOL });
  }

  #request(id: number, method: string, params: unknown): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#socket.destroyed) {
      reject(new OwnerLost());
    } else {
      this.#pending.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    }
    return promise;
  }

  #read(): void {
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => {
      for (const call of this.#pending.values()) call.reject(new OwnerLost());
      this.#pending.clear();
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
    const id = message['id'];
    if (typeof id !== 'number') return;
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    if (isObject(message['error'])) call?.reject(toEngineError(message['error']));
    else call?.resolve(message['result']);
  }
}

function readKey(hello: unknown): DatabaseKey | null {
  const key = isObject(hello) ? hello['key'] : null;
  return typeof key === 'string' && /^[0-9a-f]{64}$/.test(key)
    ? { key: new Uint8Array(Buffer.from(key, 'hex')), protection: 'passphrase' }
    : null;
}

function toEngineError(error: Record<string, unknown>): EngineError {
  const message = typeof error['message'] === 'string' ? error['message'] : 'The call failed';
  const data = isObject(error['data']) ? error['data'] : {};
  if (error['code'] === RPC_ERRORS.invalidParams) return new EngineError('bad-input', message);
  const code = typeof data['code'] === 'string' ? (data['code'] as EngineErrorCode) : 'failed';
  return new EngineError(code, message, data['retry'] === true);
}
