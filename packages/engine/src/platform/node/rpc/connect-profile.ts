import { randomBytes } from 'node:crypto';
import { EngineError } from '../../../api.ts';
import type { EngineEvent, EngineHandle } from '../../../api.ts';
import { prepareProfileDirectory } from '../profile-directory.ts';
import { MissedMessages } from '../../../rpc/missed-messages.ts';
import { attach, leave } from './profile-attachment.ts';
import type { OpenEngine, Ownership, Tenancy } from './profile-attachment.ts';
import { isObject } from '../../../rpc/json-rpc.ts';
import type { AskPassphrase, DatabaseKey } from '../keys/database-key.ts';
import { OwnerLost } from '../../../rpc/rpc-calls.ts';
import { callEngine, engineOver, mayCallAgain } from '../../../rpc/rpc-methods.ts';
import type { RpcMethodName } from '../../../rpc/rpc-methods.ts';

export interface ConnectOptions {
  /** Directory of the profile (profileDirectory()); null for a throw-away one in memory, which no other process shares. */
  readonly directory: string | null;
  /** Called when this process becomes the owner: at once, or later when the owner has gone. */
  readonly openEngine: OpenEngine;
  /** For the passphrase of a locked profile, when this process becomes the owner first; null: there is nobody to ask. */
  readonly askPassphrase?: AskPassphrase | null;
  /** How long close() serves clients that are busy before it leaves the profile to them. Default 10 s. */
  readonly lingerMs?: number;
}

/**
 * The engine of a profile, whichever process runs it: this one, or the one that is there already. When that one ends,
 * one of its clients takes over; calls under way are made again (RPC-8) and no message event is lost (RPC-9).
 * @throws ProfileError; what `openEngine` throws; EngineError('try-later')
 */
export async function connectProfile(options: ConnectOptions): Promise<EngineHandle> {
  if (options.directory === null) return await openEphemeral(options.openEngine);
  const paths = prepareProfileDirectory(options.directory);
  const connection = new ProfileConnection(
    (known) => attach(paths, options.openEngine, options.askPassphrase ?? null, known),
    options.lingerMs ?? 10_000,
  );
  await connection.attached();
  return connection.handle();
}

async function openEphemeral(openEngine: OpenEngine): Promise<EngineHandle> {
  const { openEphemeralProfile } = await import('../profile.ts');
  const profile = openEphemeralProfile();
  const engine = await openEngine(profile);
  return handleOver(
    (method, params) => callEngine(engine, method, params),
    (listener) => engine.on(listener),
    async () => {
      await engine.close();
      profile.close();
    },
  );
}

type Call = (method: RpcMethodName, params: unknown) => Promise<unknown>;

const REATTACH_MS = 1000;

class ProfileConnection {
  readonly #attach: (known: DatabaseKey | null) => Promise<Ownership | Tenancy>;
  readonly #lingerMs: number;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #missed = new MissedMessages();
  #backend: Promise<Ownership | Tenancy> | null = null;
  #closed = false;
  #attachedOnce = false;
  #databaseKey: DatabaseKey | null = null;

  constructor(attachOnce: (known: DatabaseKey | null) => Promise<Ownership | Tenancy>, lingerMs: number) {
    this.#attach = attachOnce;
    this.#lingerMs = lingerMs;
  }

  attached(): Promise<Ownership | Tenancy> {
    if (this.#closed) return Promise.reject(new EngineError('closed', 'The profile was closed'));
    this.#backend ??= this.#open();
    return this.#backend;
  }

  handle(): EngineHandle {
    return handleOver(
      (method, params) => this.#call(method, params),
      (listener) => this.#subscribe(listener),
      () => this.#close(),
    );
  }

  async #open(): Promise<Ownership | Tenancy> {
    let backend: Ownership | Tenancy;
    try {
      backend = await this.#attach(this.#databaseKey);
    } catch (error) {
      this.#backend = null;
      throw error;
    }
    if (backend.kind === 'client') {
      this.#databaseKey = backend.databaseKey;
      backend.client.onEvent = (event) => this.#emit(event);
      backend.client.onClose = () => this.#lost();
    } else {
      backend.engine.on((event) => this.#emit(event));
    }
    if (this.#attachedOnce) void this.#catchUp(callOf(backend));
    else if (this.#listeners.size > 0) void this.#missed.begin(callOf(backend));
    this.#attachedOnce = true;
    return backend;
  }

  /** The owner has gone: find the next one even if nobody calls, for the events. */
  #lost(): void {
    this.#backend = null;
    this.#missed.pause();
    if (this.#closed) return;
    this.attached().catch(() => {
      if (this.#listeners.size > 0 && !this.#closed) setTimeout(() => this.#lost(), REATTACH_MS);
    });
  }

  async #catchUp(call: Call): Promise<void> {
    for await (const event of this.#missed.resume(call)) this.#deliver(event);
    this.#deliver({ type: 'resumed' });
  }

  async #call(method: RpcMethodName, params: unknown): Promise<unknown> {
    // Chosen here, so that a message whose sending was cut off is not sent twice.
    const complete =
      method === 'send' && isObject(params) ? { id: randomBytes(16).toString('hex'), ...params } : params;
    for (;;) {
      const backend = await this.attached();
      try {
        return await callOf(backend)(method, complete);
      } catch (error) {
        if (!(error instanceof OwnerLost)) throw error;
        if (this.#closed || !mayCallAgain(method)) {
          throw new EngineError('closed', 'The process that ran this profile ended', true, { cause: error });
        }
      }
    }
  }

  #subscribe(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.attached()
        .then((backend) => this.#missed.begin(callOf(backend)))
        .catch(() => undefined);
    }
    return () => this.#listeners.delete(listener);
  }

  #emit(event: EngineEvent): void {
    if (this.#missed.admit(event)) this.#deliver(event);
  }

  #deliver(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listeners.clear();
    const backend = await this.#backend?.catch(() => null);
    if (backend?.kind === 'client') backend.client.close();
    else if (backend?.kind === 'owner') await leave(backend, this.#lingerMs);
    this.#databaseKey?.key.fill(0);
  }
}

function callOf(backend: Ownership | Tenancy): Call {
  if (backend.kind === 'client') return (method, params) => backend.client.call(method, params);
  return (method, params) => callEngine(backend.engine, method, params);
}

/** An engine whose methods all go through `call`. */
function handleOver(
  call: Call,
  on: (listener: (event: EngineEvent) => void) => () => void,
  close: () => Promise<void>,
): EngineHandle {
  return { ...engineOver(call), on, close };
}
