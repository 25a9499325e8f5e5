import { EngineError } from '../../../api.ts';
import { EngineConnection } from '../../../rpc/engine-connection.ts';
import type { EngineBackend } from '../../../rpc/engine-connection.ts';
import { OwnerLost } from '../../../rpc/rpc-calls.ts';
import { isRpcMethod } from '../../../rpc/rpc-methods.ts';
import { toHex } from '../../../store/hex.ts';
import { browserClock } from '../browser-clock.ts';
import { failureState } from '../host/browser-errors.ts';
import { OpfsVault } from '../host/opfs-vault.ts';
import { notOpen, ProfileHost } from '../host/profile-host.ts';
import type { HostParts } from '../host/profile-host.ts';
import type { ProfileState } from '../profile-client.ts';
import { isProfileMethod, mayAskAgain, TAB_PROTOCOL } from '../profile-calls.ts';
import type { PerformCall } from '../rpc/served-calls.ts';
import { webRandom } from '../web-random.ts';
import { LeaderLink } from './leader-link.ts';
import { Leadership } from './leadership.ts';
import { asTabMessage, channelName, leaderLock, tabLock } from './tab-messages.ts';
import type { TabMessage } from './tab-messages.ts';
import type { TabHooks, TabProfile } from './tab-profile.ts';
import { say } from '../../../sentences/say.ts';

/** A tab that follows loads what it needs to lead when it has nothing better to do. */
const PRELOAD_MS = 2000;

/** A profile that is kept in this browser: this tab runs it, or speaks to the tab that does (TAB-3). */
export class SharedTab implements TabProfile {
  readonly #profile: string;
  readonly #loadParts: () => Promise<HostParts>;
  readonly #hooks: TabHooks;
  readonly #tab = crypto.randomUUID();
  readonly #channel: BroadcastChannel;
  readonly #closing = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #leading: Promise<void> = Promise.resolve();
  #connection: EngineConnection<EngineBackend>;
  #state: ProfileState = { kind: 'starting' };
  #leadership: Leadership | null = null;
  #link: LeaderLink | null = null;
  #term = 0;
  #key: Uint8Array | null = null;
  #wasOpen = false;
  /** How often it was heard that nobody lives here: before somebody new comes, all tabs hear it. */
  #erased = 0;
  #change = Promise.withResolvers<void>();

  /** @param position up to which the page has seen the history already; null: a page that has just begun */
  constructor(profile: string, loadParts: () => Promise<HostParts>, hooks: TabHooks, position: number | null) {
    this.#profile = profile;
    this.#loadParts = loadParts;
    this.#hooks = hooks;
    this.#connection = this.#connect(position);
    this.#channel = new BroadcastChannel(channelName(profile));
    this.#channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#receive(asTabMessage(data)));
    void navigator.locks.request(tabLock(profile, this.#tab), () => this.#ended.promise);
    void this.#campaign();
    this.#post({ kind: 'hello', protocol: TAB_PROTOCOL });
    setTimeout(() => void loadParts().catch(() => undefined), PRELOAD_MS);
  }

  readonly perform: PerformCall = async (method, params, tell, signal) => {
    if (isRpcMethod(method)) return await this.#connection.call(method, params);
    const erased = this.#erased;
    for (let isAgain = false; ; isAgain = true) {
      const target = await this.#target();
      // Done: whoever lives here now came after it.
      if (isAgain && method === 'profile.erase' && this.#erased !== erased) return null;
      try {
        if (target instanceof ProfileHost) return await target.perform(method, params, tell, signal);
        return await target.calls.call(method, params, { onProgress: tell, signal });
      } catch (error) {
        if (!(error instanceof OwnerLost)) throw error;
        const mayGoOn = method === 'profile.erase' || (isProfileMethod(method) && mayAskAgain(method));
        if (!mayGoOn) {
          throw new EngineError('closed', say('browser-tab-ended'), true, { cause: error });
        }
      }
    }
  };

  async close(): Promise<void> {
    this.#closing.abort();
    this.#change.resolve();
    await this.#connection.end();
    await this.#leading;
    this.#channel.close();
    this.#ended.resolve();
    this.#key?.fill(0);
  }

  /** Leads whenever the lock falls to it. */
  async #campaign(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await navigator.locks.request(leaderLock(this.#profile), { signal }, () => (this.#leading = this.#lead()));
      } catch (error) {
        if (!signal.aborted) this.#enter(failureState(error));
        return;
      }
    }
  }

  /** Until close(), or until another tab tries what failed here: the lock is held as long. */
  async #lead(): Promise<void> {
    const { signal } = this.#closing;
    try {
      const parts = await this.#loadParts();
      if (signal.aborted) return;
      this.#loseLink();
      this.#term = Math.max(this.#term + 1, Date.now());
      const leadership = new Leadership(this.#profile, new OpfsVault(parts, this.#profile), parts, this.#term, {
        post: (message) => this.#post(message),
        onState: (state) => this.#enter(state),
      });
      this.#leadership = leadership;
      await leadership.host.start(this.#key);
      this.#key?.fill(0);
      this.#key = null;
      await Promise.race([aborted(signal), leadership.yielded]);
      await leadership.host.close();
    } catch (error) {
      this.#enter(failureState(error));
      await aborted(signal);
    } finally {
      const leadership = this.#leadership;
      this.#leadership = null;
      leadership?.lose();
    }
  }

  #receive(message: TabMessage | null): void {
    if (message === null) return;
    if (this.#leadership !== null) this.#leadership.receive(message);
    else if (message.kind === 'leader') this.#follow(message);
    else if (message.kind === 'hello' || message.kind === 'term') return;
    else if (message.leader !== this.#link?.leader) return;
    else if (message.kind === 'event') this.#link.event(message.event);
    else if (message.kind === 'answer' && message.tab === this.#tab) this.#link.receive(message.message);
  }

  #follow({ protocol, leader, term, state, key }: Extract<TabMessage, { kind: 'leader' }>): void {
    // One that has just gone, or one whose clock went back: only who leads answers.
    if (this.#closing.signal.aborted) return;
    if (term < this.#term) {
      this.#post({ kind: 'term', term: this.#term });
      return;
    }
    this.#term = term;
    // Also of one that is not talked to: it is not heard when it locks the profile.
    this.#key?.fill(0);
    this.#key = null;
    if (protocol !== TAB_PROTOCOL) {
      this.#loseLink();
      this.#enter(failureState(new EngineError('failed', say('browser-other-version'))));
      return;
    }
    if (this.#link?.leader !== leader) {
      this.#loseLink();
      this.#link = new LeaderLink(leader, (message) => this.#post({ kind: 'ask', leader, tab: this.#tab, message }));
    }
    this.#key = key;
    this.#enter(state.kind === 'open' ? { ...state, leads: false } : state);
  }

  #loseLink(): void {
    const link = this.#link;
    this.#link = null;
    link?.lose();
  }

  #enter(state: ProfileState): void {
    // Another account may come: nothing of the old one's history is caught up with.
    if (state.kind === 'empty' && this.#wasOpen) {
      this.#wasOpen = false;
      void this.#connection.end();
      this.#connection = this.#connect(null);
    }
    if (state.kind === 'empty') this.#erased += 1;
    if (state.kind === 'open') this.#wasOpen = true;
    this.#state = state;
    this.#change.resolve();
    this.#change = Promise.withResolvers();
    if (state.kind === 'open') this.#connection.attached().catch(() => undefined);
    this.#hooks.onState(state);
  }

  #connect(position: number | null): EngineConnection<EngineBackend> {
    const parts = {
      attach: () => this.#attach(),
      newMessageId: () => toHex(webRandom(16)),
      clock: browserClock,
      onBegun: (at: number) => this.#hooks.onPosition(at),
    };
    const connection = new EngineConnection<EngineBackend>(parts, position);
    connection.on((event) => this.#hooks.onEvent(event));
    return connection;
  }

  /** Waits while a tab takes over. @throws EngineError('closed') when there is no engine to come */
  async #attach(): Promise<EngineBackend> {
    for (;;) {
      if (this.#state.kind !== 'starting' && this.#state.kind !== 'open') throw notOpen(this.#state);
      const backend = this.#leadership ?? this.#link;
      if (backend !== null && this.#state.kind === 'open') return backend;
      await this.#changed();
    }
  }

  async #target(): Promise<ProfileHost | LeaderLink> {
    for (;;) {
      const target = this.#leadership?.host ?? this.#link;
      // While this tab takes over, the state is still what was heard of the tab before.
      const isStarting = this.#state.kind === 'starting' || this.#leadership?.host.state.kind === 'starting';
      if (target !== null && !isStarting) return target;
      if (this.#state.kind === 'failed') throw notOpen(this.#state);
      await this.#changed();
    }
  }

  async #changed(): Promise<void> {
    await this.#change.promise;
    if (this.#closing.signal.aborted) throw new EngineError('closed', say('browser-closed'));
  }

  #post(message: TabMessage): void {
    if (!this.#closing.signal.aborted || message.kind === 'answer') this.#channel.postMessage(message);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
