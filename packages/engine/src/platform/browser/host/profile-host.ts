import { phraseFromSeed } from '@sotto/protocol/identity';
import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { readIdentity } from '../../../account/identity-store.ts';
import { EngineError } from '../../../api.ts';
import type { EngineEvent } from '../../../api.ts';
import { hasIdentity } from '../../../create-identity.ts';
import { openEngine } from '../../../engine.ts';
import type { Engine } from '../../../engine.ts';
import type { Platform, Primitives } from '../../../ports.ts';
import { callEngine, isRpcMethod } from '../../../rpc/rpc-methods.ts';
import type { PerformCall } from '../rpc/served-calls.ts';
import { Database } from '../../../store/database.ts';
import type { ProfileState } from '../profile-client.ts';
import { isProfileMethod } from '../profile-calls.ts';
import type { ProfileCalls, ProfileMethod, ProfileProgress } from '../profile-calls.ts';
import { asBrowserError, failureState } from './browser-errors.ts';
import { browserPlatform } from './browser-platform.ts';
import { createProfile, linkProfile, restoreIntoProfile } from './make-profile.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { OpenVault, Vault } from './vault.ts';
import { writeProfileBackup } from './write-profile-backup.ts';
import { say } from '../../../sentences/say.ts';

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

type Params<Method extends ProfileMethod> = ProfileCalls[Method]['params'];
type Tell = (progress: ProfileProgress) => void;

/** Runs a profile: opens its database, makes its identity, runs its engine. One of a browser does so at a time. */
export class ProfileHost {
  readonly #parts: HostParts;
  readonly #vault: Vault;
  readonly #hooks: HostHooks;
  readonly #changes = new OneAtATime();
  readonly #backups = new OneAtATime();
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

  /** With it another tab can take over a profile that is locked with a passphrase; null: it needs none, or is locked. */
  get takeoverKey(): Uint8Array | null {
    const opened = this.#running?.opened;
    return this.#state.kind === 'open' && opened?.protection === 'passphrase' ? opened.databaseKey : null;
  }

  /** @param known the database's key, from the tab that led before. Never rejects: see the state. */
  async start(known: Uint8Array | null): Promise<void> {
    try {
      const protection = await this.#vault.inspect();
      if (protection === null) this.#enter({ kind: 'empty' });
      else if (protection === 'passphrase' && known === null) this.#enter({ kind: 'locked' });
      else await this.#open(known);
    } catch (error) {
      await this.#fail(error);
    }
  }

  readonly perform: PerformCall = async (method, params, tell, signal) => {
    try {
      if (isRpcMethod(method)) return await callEngine(this.#engine(), method, params);
      if (isProfileMethod(method)) return await this.#change(method, params, tell, signal);
    } catch (error) {
      throw asBrowserError(error);
    }
    throw new EngineError('failed', say('browser-method-unknown'));
  };

  async close(): Promise<void> {
    await Promise.all([this.#changes.end(), this.#backups.end()]);
    await this.#shut();
    this.#vault.close();
  }

  #engine(): Engine {
    const engine = this.#running?.engine;
    if (this.#state.kind === 'open' && engine !== null && engine !== undefined) return engine;
    throw notOpen(this.#state);
  }

  async #change(method: ProfileMethod, params: unknown, tell: Tell, signal: AbortSignal): Promise<unknown> {
    const changes = this.#changes;
    switch (method) {
      case 'profile.create':
        return await changes.run(signal, () =>
          this.#make((platform) => createProfile(platform, params as Params<typeof method>)),
        );
      case 'profile.link':
        return await changes.run(signal, (either) =>
          this.#make((platform) => linkProfile(platform, params as Params<typeof method>, tell, either)),
        );
      case 'profile.restore':
        return await changes.run(signal, (either) =>
          this.#make((platform) => restoreIntoProfile(platform, params as Params<typeof method>, tell, either)),
        );
      case 'profile.unlock':
        // It is asked for as soon as the screen says that it is locked, while the engine may still be closing.
        return await changes.behind(signal, () => this.#unlock(params as Params<typeof method>));
      case 'profile.setPassphrase':
        return await changes.run(signal, () => this.#setPassphrase(params as Params<typeof method>));
      case 'profile.phrase':
        return await this.#phrase(params as Params<typeof method>);
      case 'profile.writeBackup':
        return await this.#backups.run(signal, (either) => this.#backUp(params as Params<typeof method>, tell, either));
      case 'profile.lock':
        return await changes.instead(signal, () => this.#lock());
      case 'profile.erase':
        return await changes.instead(signal, () => this.#erase());
    }
  }

  /** A profile where there is none. */
  async #make<T>(body: (platform: Platform) => Promise<T>): Promise<T> {
    if (this.#state.kind !== 'empty') {
      throw new EngineError('bad-input', say('browser-profile-exists'));
    }
    const { platform } = await this.#prepare(null);
    const made = await body(platform);
    try {
      await this.#run();
    } catch (error) {
      // There is a profile now: `empty` would offer to make another.
      await this.#fail(error);
      throw error;
    }
    return made;
  }

  async #unlock({ passphrase }: Params<'profile.unlock'>): Promise<null> {
    // Another tab was faster, or the call was made again.
    if (this.#state.kind === 'open') return null;
    if (this.#state.kind !== 'locked') throw notOpen(this.#state);
    const databaseKey = await this.#vault.unlock(passphrase);
    try {
      await this.#open(databaseKey);
    } catch (error) {
      await this.#fail(error);
      throw error;
    } finally {
      databaseKey.fill(0);
    }
    return null;
  }

  async #lock(): Promise<null> {
    if (this.#state.kind === 'locked') return null;
    if (this.#state.kind !== 'open') throw notOpen(this.#state);
    if (this.#state.protection !== 'passphrase') {
      throw new EngineError('not-allowed', say('browser-passphrase-missing'));
    }
    // What is on the screen goes first, whatever the engine still has to finish.
    this.#enter({ kind: 'locked' });
    await this.#backups.abort();
    await this.#shut();
    return null;
  }

  async #setPassphrase({ current, next }: Params<'profile.setPassphrase'>): Promise<null> {
    const running = this.#running;
    if (this.#state.kind !== 'open' || running === null) throw notOpen(this.#state);
    await this.#requirePassphrase(current);
    const protection = await this.#vault.rewrap(running.opened.databaseKey, next);
    const opened = { ...running.opened, protection };
    this.#running = { ...running, opened };
    this.#enter({ kind: 'open', leads: true, protection });
    return null;
  }

  async #phrase({ passphrase }: Params<'profile.phrase'>): Promise<string | null> {
    const running = this.#running;
    if (this.#state.kind !== 'open' || running === null) throw notOpen(this.#state);
    await this.#requirePassphrase(passphrase);
    const seed = readIdentity(new Database(running.platform), running.platform.primitives)?.account.seed ?? null;
    return seed === null ? null : phraseFromSeed(seed);
  }

  /** @throws EngineError('not-allowed') when one is set, and this is not it */
  async #requirePassphrase(passphrase: string | null): Promise<void> {
    if (this.#running?.opened.protection !== 'passphrase') return;
    if (passphrase === null) {
      throw new EngineError('not-allowed', say('browser-passphrase-needed'));
    }
    (await this.#vault.unlock(passphrase)).fill(0);
  }

  async #backUp({ passphrase }: Params<'profile.writeBackup'>, tell: Tell, signal: AbortSignal): Promise<unknown> {
    const running = this.#running;
    if (this.#state.kind !== 'open' || running === null) throw notOpen(this.#state);
    const onProgress = (progress: Extract<ProfileProgress, { kind: 'backup' }>['progress']): void =>
      tell({ kind: 'backup', progress });
    return await writeProfileBackup(running.platform, running.opened.store, { passphrase, onProgress }, signal);
  }

  async #erase(): Promise<null> {
    await this.#backups.abort();
    this.#enter({ kind: 'starting' });
    await this.#shut();
    try {
      await this.#vault.erase();
      this.#enter({ kind: 'empty' });
    } catch (error) {
      await this.#fail(error);
      throw error;
    }
    return null;
  }

  async #open(known: Uint8Array | null): Promise<void> {
    const { platform } = await this.#prepare(known);
    if (hasIdentity(platform)) await this.#run();
    else this.#enter({ kind: 'empty' });
  }

  /** The database is open. */
  async #prepare(known: Uint8Array | null): Promise<Running> {
    if (this.#running !== null) return this.#running;
    const opened = await this.#vault.open(known);
    this.#running = { opened, platform: browserPlatform(this.#parts, this.#vault, opened), engine: null };
    return this.#running;
  }

  async #run(): Promise<void> {
    const running = await this.#prepare(null);
    running.engine = await openEngine(running.platform);
    running.engine.on(this.#hooks.onEvent);
    addEventListener('online', this.#onOnline);
    this.#enter({ kind: 'open', leads: true, protection: running.opened.protection });
  }

  /** The engine and the database are closed, and the key is wiped. */
  async #shut(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    removeEventListener('online', this.#onOnline);
    if (running === null) return;
    try {
      await running.engine?.close();
    } finally {
      running.opened.store.close();
      running.opened.databaseKey.fill(0);
    }
  }

  readonly #onOnline = (): void => this.#running?.engine?.reconnectNow();

  async #fail(fault: unknown): Promise<void> {
    try {
      await this.#shut();
    } finally {
      this.#enter(failureState(fault));
    }
  }

  #enter(state: ProfileState): void {
    this.#state = state;
    this.#hooks.onState(state);
  }
}

export function notOpen(state: ProfileState): EngineError {
  if (state.kind === 'locked') {
    return new EngineError('closed', say('browser-locked-try-again'));
  }
  if (state.kind === 'failed') return new EngineError('closed', say(`failure-${state.code}`));
  return new EngineError('closed', say('browser-profile-none'));
}
