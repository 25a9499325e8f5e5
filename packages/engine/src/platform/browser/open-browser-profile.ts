import { EngineError } from '../../api.ts';
import type { EngineEvent, EngineHandle } from '../../api.ts';
import { isObject } from '../../rpc/json-rpc.ts';
import { toHex } from '../../store/hex.ts';
import { OwnerLost } from '../../rpc/rpc-calls.ts';
import { engineOver, isRpcMethod, mayCallAgain } from '../../rpc/rpc-methods.ts';
import type {
  BackupRequest,
  LinkRequest,
  NewAccount,
  OpenProfileOptions,
  ProfileClient,
  ProfileState,
  RestoreRequest,
} from './profile-client.ts';
import { isProfileMethod, mayAskAgain } from './profile-calls.ts';
import type { ProfileCalls, ProfileMethod, ProfileProgress } from './profile-calls.ts';
import { PageWorker } from './page-worker.ts';
import { webRandom } from './web-random.ts';
import type { CallOptions } from './rpc/remote-calls.ts';
import type { Spoken } from '../../sentences/say.ts';

/** How long close() waits for the worker to let go of the profile. */
const CLOSE_MS = 5000;
const BROKEN: ProfileState = {
  kind: 'failed',
  code: 'failed',
  text: 'The part of Sotto that keeps and sends messages could not be started. Nothing that was written is lost. Reload the page; if that does not help, update the browser.',
};
/** Not by say(): the sentences of the whole engine are not for the page. */
const CLOSED: Spoken = {
  text: 'This profile was closed in this tab. Reload the page.',
  said: [{ name: 'browser-closed' }],
};

/** The profile of this browser, for a page: a worker of its own runs the engine, or speaks to the tab that does. */
export function openBrowserProfile(options: OpenProfileOptions): ProfileClient {
  return new PageProfile(options);
}

class PageProfile implements ProfileClient {
  readonly engine: EngineHandle;
  #state: ProfileState = { kind: 'starting' };
  readonly #options: OpenProfileOptions;
  readonly #stateListeners = new Set<(state: ProfileState) => void>();
  readonly #eventListeners = new Set<(event: EngineEvent) => void>();
  /** null while the page is frozen. */
  #worker: PageWorker | null;
  /** How far the page has seen the history: a worker that comes later begins there. */
  #position: number | null = null;
  #thawed = Promise.withResolvers<void>();
  #closed = false;

  constructor(options: OpenProfileOptions) {
    this.#options = options;
    this.engine = {
      ...engineOver((method, params) => this.#call(method, withMessageId(method, params))),
      on: (listener) => {
        this.#eventListeners.add(listener);
        return () => void this.#eventListeners.delete(listener);
      },
      close: async () => {
        await Promise.resolve(this.close());
      },
    };
    this.#worker = this.#start();
    document.addEventListener('freeze', this.#onFreeze);
    document.addEventListener('resume', this.#onResume);
    addEventListener('pagehide', this.#onHide);
    addEventListener('pageshow', this.#onResume);
    addEventListener('online', this.#onNetwork);
    addEventListener('offline', this.#onNetwork);
  }

  get state(): ProfileState {
    return this.#state;
  }

  onState(listener: (state: ProfileState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  }

  async create({ name, node, psk, invite, phrase }: NewAccount): Promise<void> {
    const optional = {
      ...(psk === undefined ? {} : { psk }),
      ...(invite === undefined ? {} : { invite }),
      ...(phrase === undefined ? {} : { phrase }),
    };
    await this.#ask('profile.create', { name, node, ...optional });
  }

  async link({ node, name, psk, onCode, onProgress, signal }: LinkRequest): ReturnType<ProfileClient['link']> {
    const onTold = (told: unknown): void => {
      const word = told as ProfileProgress;
      if (word.kind === 'code') onCode(word.code, word.expires);
      if (word.kind === 'link') onProgress(word.progress);
    };
    const params = { node, name, ...(psk === undefined ? {} : { psk }) };
    return await this.#ask('profile.link', params, { onProgress: onTold, signal });
  }

  async restore(request: RestoreRequest): ReturnType<ProfileClient['restore']> {
    const { onProgress, signal, file, passphrase, revokeOthers, phrase, node } = request;
    const optional = { ...(phrase === undefined ? {} : { phrase }), ...(node === undefined ? {} : { node }) };
    const params = { file, passphrase, revokeOthers, ...optional };
    return await this.#ask('profile.restore', params, { onProgress: backupProgress(onProgress), signal });
  }

  async unlock(passphrase: string): Promise<void> {
    await this.#ask('profile.unlock', { passphrase });
  }

  async lock(): Promise<void> {
    await this.#ask('profile.lock', {});
  }

  async setPassphrase(change: { current: string | null; next: string | null }): Promise<void> {
    await this.#ask('profile.setPassphrase', change);
  }

  phrase(params: { passphrase: string | null }): Promise<string | null> {
    return this.#ask('profile.phrase', params);
  }

  writeBackup({ passphrase, onProgress, signal }: BackupRequest): ReturnType<ProfileClient['writeBackup']> {
    return this.#ask('profile.writeBackup', { passphrase }, { onProgress: backupProgress(onProgress), signal });
  }

  async erase(): Promise<void> {
    await this.#ask('profile.erase', {});
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    document.removeEventListener('freeze', this.#onFreeze);
    document.removeEventListener('resume', this.#onResume);
    removeEventListener('pagehide', this.#onHide);
    removeEventListener('pageshow', this.#onResume);
    removeEventListener('online', this.#onNetwork);
    removeEventListener('offline', this.#onNetwork);
    this.#stateListeners.clear();
    this.#eventListeners.clear();
    const worker = this.#worker;
    this.#worker = null;
    this.#thawed.resolve();
    void worker?.leave(CLOSE_MS);
  }

  /** A page that is frozen, or kept for the back button, would keep the profile from the other tabs (TAB-4). */
  readonly #onFreeze = (): void => {
    // A private session lives in its worker alone.
    if (this.#worker === null || this.#options.profile === null) return;
    const worker = this.#worker;
    this.#worker = null;
    this.#thawed = Promise.withResolvers();
    worker.end();
  };
  readonly #onResume = (): void => {
    if (this.#worker !== null || this.#closed) return;
    this.#worker = this.#start();
    this.#thawed.resolve();
  };
  readonly #onHide = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) this.#onFreeze();
  };

  /** Not every browser tells its workers. The page of the tab that leads hears it as well. */
  readonly #onNetwork = ({ type }: Event): void => this.#worker?.calls.notify('network', { type });

  #ask<Method extends ProfileMethod>(
    method: Method,
    params: ProfileCalls[Method]['params'],
    options: CallOptions = {},
  ): Promise<ProfileCalls[Method]['result']> {
    return this.#call(method, params, options) as Promise<ProfileCalls[Method]['result']>;
  }

  async #call(method: string, params: unknown, options: CallOptions = {}): Promise<unknown> {
    for (;;) {
      if (this.#worker === null && !this.#closed) await this.#thawed.promise;
      const worker = this.#worker;
      if (worker === null) throw new EngineError('closed', CLOSED);
      try {
        return await worker.calls.call(method, params, options);
      } catch (error) {
        if (!(error instanceof OwnerLost)) throw error;
        const mayGoOn = isRpcMethod(method) ? mayCallAgain(method) : isProfileMethod(method) && mayAskAgain(method);
        if (this.#closed || !mayGoOn) throw new EngineError('closed', CLOSED, true, { cause: error });
      }
    }
  }

  #start(): PageWorker {
    const { createWorker, profile } = this.#options;
    const worker = new PageWorker(createWorker(), {
      onMessage: (method, params) => {
        if (worker === this.#worker) this.#receive(method, params);
      },
      onBroken: () => this.#enter(BROKEN),
    });
    worker.calls.notify('open', { profile, position: this.#position });
    return worker;
  }

  #receive(method: unknown, params: unknown): void {
    if (method === 'event') {
      const event = params as EngineEvent;
      if (event.type === 'message') this.#position = Math.max(this.#position ?? 0, event.message.position);
      tell(this.#eventListeners, event);
    } else if (method === 'position') {
      this.#position = Math.max(this.#position ?? 0, Number(params));
    } else if (method === 'state') {
      this.#enter(params as ProfileState);
    }
  }

  #enter(state: ProfileState): void {
    // A worker that has just begun says so; where the profile was open before the page was frozen, it still is.
    if (state.kind === 'starting' && this.#state.kind === 'open' && this.#position !== null) return;
    if (state.kind === 'empty') this.#position = null;
    this.#state = state;
    tell(this.#stateListeners, state);
  }
}

/** Chosen here, so that a message whose sending was cut off is not sent twice. */
function withMessageId(method: string, params: unknown): unknown {
  return method === 'send' && isObject(params) ? { id: toHex(webRandom(16)), ...params } : params;
}

/** A listener's fault is its own. */
function tell<T>(listeners: ReadonlySet<(value: T) => void>, value: T): void {
  for (const listener of listeners) {
    try {
      listener(value);
    } catch (error) {
      reportError(error);
    }
  }
}

const backupProgress =
  (onProgress: BackupRequest['onProgress']) =>
  (told: unknown): void => {
    const word = told as ProfileProgress;
    if (word.kind === 'backup') onProgress(word.progress);
  };
