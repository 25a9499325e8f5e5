import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { EngineError } from '../../../api.ts';
import type { EngineEvent } from '../../../api.ts';
import { introduceToStranger } from '../../../contacts/introduction.ts';
import { createIdentity, hasIdentity } from '../../../create-identity.ts';
import { openEngine } from '../../../engine.ts';
import type { Engine } from '../../../engine.ts';
import type { Platform, Primitives } from '../../../ports.ts';
import { callEngine, isRpcMethod } from '../../../rpc/rpc-methods.ts';
import type { NewAccount, ProfileState } from '../profile-client.ts';
import { isProfileMethod } from '../profile-calls.ts';
import type { ProfileCalls, ProfileMethod } from '../profile-calls.ts';
import { asBrowserError, failureState } from './browser-errors.ts';
import { browserPlatform } from './browser-platform.ts';
import type { OpenVault, Vault } from './vault.ts';

export interface HostParts {
  readonly sqlite: Sqlite3Static;
  readonly primitives: Primitives;
}

export interface HostHooks {
  readonly onState: (state: ProfileState) => void;
  readonly onEvent: (event: EngineEvent) => void;
}

interface Running {
  readonly opened: OpenVault;
  readonly platform: Platform;
  /** null while there is no identity. */
  engine: Engine | null;
}

/** Runs a profile: opens its database, makes its identity, runs its engine. One of a browser does so at a time. */
export class ProfileHost {
  readonly #parts: HostParts;
  readonly #vault: Vault;
  readonly #hooks: HostHooks;
  #state: ProfileState = { kind: 'starting' };
  #running: Running | null = null;

  constructor(parts: HostParts, vault: Vault, hooks: HostHooks) {
    this.#parts = parts;
    this.#vault = vault;
    this.#hooks = hooks;
  }

  get state(): ProfileState {
    return this.#state;
  }

  /** @param known the database's key, from the tab that led before. Never rejects: see the state. */
  async start(known: Uint8Array | null): Promise<void> {
    try {
      const protection = await this.#vault.inspect();
      if (protection === null) this.#enter({ kind: 'empty' });
      else if (protection === 'passphrase' && known === null) this.#enter({ kind: 'locked' });
      else await this.#open(known);
    } catch (error) {
      await this.#shut();
      this.#enter(failureState(error));
    }
  }

  async perform(method: string, params: unknown): Promise<unknown> {
    try {
      if (method === 'describe' && this.#state.kind === 'empty') {
        return introduceToStranger(this.#parts.primitives, (params as { to: string }).to);
      }
      if (isRpcMethod(method)) return await callEngine(this.#engine(), method, params);
      if (isProfileMethod(method)) return await this.#change(method, params);
    } catch (error) {
      throw asBrowserError(error);
    }
    throw new EngineError('failed', 'There is no such method.');
  }

  async close(): Promise<void> {
    await this.#shut();
    this.#vault.close();
  }

  #engine(): Engine {
    const engine = this.#running?.engine;
    if (engine !== null && engine !== undefined) return engine;
    const words =
      this.#state.kind === 'locked'
        ? 'This profile is locked. Unlock it with its passphrase, then try again.'
        : 'There is no profile open in this browser.';
    throw new EngineError('closed', words);
  }

  async #change(method: ProfileMethod, params: unknown): Promise<unknown> {
    switch (method) {
      case 'profile.create':
        return await this.#create(params as ProfileCalls['profile.create']['params']);
      default:
        throw new EngineError('failed', 'Not there yet.');
    }
  }

  async #create({ name, node, psk, phrase }: NewAccount): Promise<null> {
    const { platform } = await this.#prepare();
    const ephemeral = platform.keyProtection === 'memory';
    const optional = { ...(psk === undefined ? {} : { psk }), ...(phrase === undefined ? {} : { phrase }) };
    await createIdentity(platform, { name, node, ephemeral, ...optional });
    await this.#run();
    return null;
  }

  async #open(known: Uint8Array | null): Promise<void> {
    const { platform } = await this.#prepare(known);
    if (hasIdentity(platform)) await this.#run();
    else this.#enter({ kind: 'empty' });
  }

  /** The database is open. */
  async #prepare(known: Uint8Array | null = null): Promise<Running> {
    if (this.#running !== null) return this.#running;
    const opened = await this.#vault.open(known);
    this.#running = { opened, platform: browserPlatform(this.#parts, this.#vault, opened), engine: null };
    return this.#running;
  }

  async #run(): Promise<void> {
    const running = await this.#prepare();
    running.engine = await openEngine(running.platform);
    running.engine.on(this.#hooks.onEvent);
    this.#enter({ kind: 'open', leads: true, protection: running.opened.protection });
  }

  /** The engine and the database are closed, and the key is wiped. */
  async #shut(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    try {
      await running.engine?.close();
    } finally {
      running.opened.store.close();
      running.opened.databaseKey.fill(0);
    }
  }

  #enter(state: ProfileState): void {
    this.#state = state;
    this.#hooks.onState(state);
  }
}
