import { EngineError } from '../../api.ts';
import type { EngineEvent, EngineHandle } from '../../api.ts';
import { isObject } from '../../rpc/json-rpc.ts';
import { OwnerLost } from '../../rpc/rpc-calls.ts';
import { engineOver } from '../../rpc/rpc-methods.ts';
import type {
  BackupRequest,
  LinkRequest,
  NewAccount,
  OpenProfileOptions,
  ProfileClient,
  ProfileState,
  RestoreRequest,
} from './profile-client.ts';
import { TAB_PROTOCOL } from './profile-calls.ts';
import type { ProfileCalls, ProfileMethod, ProfileProgress } from './profile-calls.ts';
import { RemoteCalls } from './rpc/remote-calls.ts';
import type { CallOptions } from './rpc/remote-calls.ts';

/** How long close() waits for the worker to let go of the profile. */
const CLOSE_MS = 5000;
const CLOSED = 'This profile was closed in this tab. Reload the page.';

/** The profile of this browser, for a page: a worker of its own runs the engine, or speaks to the tab that does. */
export function openBrowserProfile({ createWorker, profile }: OpenProfileOptions): ProfileClient {
  return new PageProfile(createWorker(), profile);
}

class PageProfile implements ProfileClient {
  readonly engine: EngineHandle;
  #state: ProfileState = { kind: 'starting' };
  readonly #worker: Worker;
  readonly #calls: RemoteCalls;
  readonly #stateListeners = new Set<(state: ProfileState) => void>();
  readonly #eventListeners = new Set<(event: EngineEvent) => void>();
  #closed = false;

  constructor(worker: Worker, profile: string | null) {
    this.#worker = worker;
    this.#calls = new RemoteCalls((message) => worker.postMessage(message));
    this.engine = {
      ...engineOver((method, params) => this.#call(method, params)),
      on: (listener) => {
        this.#eventListeners.add(listener);
        return () => void this.#eventListeners.delete(listener);
      },
      close: async () => {
        await Promise.resolve(this.close());
      },
    };
    worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#receive(data));
    worker.addEventListener('error', () => this.#broken());
    worker.addEventListener('messageerror', () => this.#broken());
    document.addEventListener('freeze', this.#onFreeze);
    document.addEventListener('resume', this.#onResume);
    addEventListener('pagehide', this.#onHide);
    addEventListener('pageshow', this.#onResume);
    this.#calls.notify('open', { profile, protocol: TAB_PROTOCOL });
  }

  get state(): ProfileState {
    return this.#state;
  }

  onState(listener: (state: ProfileState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  }

  async create({ name, node, psk, phrase }: NewAccount): Promise<void> {
    const optional = { ...(psk === undefined ? {} : { psk }), ...(phrase === undefined ? {} : { phrase }) };
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
    this.#stateListeners.clear();
    this.#eventListeners.clear();
    const terminate = (): void => this.#worker.terminate();
    const timer = setTimeout(terminate, CLOSE_MS);
    void this.#calls.call('close', {}).finally(() => {
      clearTimeout(timer);
      terminate();
      this.#calls.lose();
    });
  }

  /** A page that is frozen, or kept for the back button, would keep the profile from the other tabs (WEB-6). */
  readonly #onFreeze = (): void => this.#calls.notify('suspend', {});
  readonly #onResume = (): void => this.#calls.notify('resume', {});
  readonly #onHide = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) this.#calls.notify('suspend', {});
  };

  #ask<Method extends ProfileMethod>(
    method: Method,
    params: ProfileCalls[Method]['params'],
    options: CallOptions = {},
  ): Promise<ProfileCalls[Method]['result']> {
    return this.#call(method, params, options) as Promise<ProfileCalls[Method]['result']>;
  }

  async #call(method: string, params: unknown, options: CallOptions = {}): Promise<unknown> {
    if (this.#closed) throw new EngineError('closed', CLOSED);
    try {
      return await this.#calls.call(method, params, options);
    } catch (error) {
      throw error instanceof OwnerLost ? new EngineError('closed', CLOSED, false, { cause: error }) : error;
    }
  }

  #receive(data: unknown): void {
    if (!isObject(data)) return;
    if (data['method'] === 'state') this.#enter(data['params'] as ProfileState);
    else if (data['method'] === 'event') tell(this.#eventListeners, data['params'] as EngineEvent);
    else this.#calls.receive(data);
  }

  #enter(state: ProfileState): void {
    this.#state = state;
    tell(this.#stateListeners, state);
  }

  /** The worker could not be loaded, or ended. */
  #broken(): void {
    this.#worker.terminate();
    this.#calls.lose();
    this.#enter({
      kind: 'failed',
      code: 'failed',
      text: 'The part of Sotto that keeps and sends messages has stopped. Nothing that was written is lost. Reload the page; if that does not help, update the browser.',
    });
  }
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
