import type { EngineEvent } from '../../../api.ts';
import type { EngineBackend } from '../../../rpc/engine-connection.ts';
import type { RpcMethodName } from '../../../rpc/rpc-methods.ts';
import { ProfileHost } from '../host/profile-host.ts';
import type { HostParts } from '../host/profile-host.ts';
import type { Vault } from '../host/vault.ts';
import { TAB_PROTOCOL } from '../profile-calls.ts';
import type { ProfileState } from '../profile-client.ts';
import { FollowerDesk } from './follower-desk.ts';
import type { TabMessage } from './tab-messages.ts';

interface LeadershipHooks {
  readonly post: (message: TabMessage) => void;
  readonly onState: (state: ProfileState) => void;
}

const NEVER = new AbortController().signal;

/** What a tab does while it leads: runs the profile, for itself and for the other tabs. */
export class Leadership implements EngineBackend {
  readonly host: ProfileHost;
  /** Resolves when another tab shall try what failed here. */
  readonly yielded: Promise<void>;
  readonly #yield: () => void;
  readonly #leader = crypto.randomUUID();
  #term: number;
  readonly #hooks: LeadershipHooks;
  readonly #desk: FollowerDesk;
  #onEvent: (event: EngineEvent) => void = () => undefined;
  #onLost: () => void = () => undefined;

  constructor(profile: string, vault: Vault, parts: HostParts, term: number, hooks: LeadershipHooks) {
    this.#term = term;
    this.#hooks = hooks;
    ({ promise: this.yielded, resolve: this.#yield } = Promise.withResolvers<void>());
    this.host = new ProfileHost(parts, vault, {
      onState: (state) => {
        hooks.onState(state);
        this.#announce();
      },
      onEvent: (event) => {
        this.#onEvent(event);
        hooks.post({ kind: 'event', leader: this.#leader, event });
      },
    });
    this.#desk = new FollowerDesk(profile, this.host.perform, (tab, message) =>
      hooks.post({ kind: 'answer', leader: this.#leader, tab, message }),
    );
  }

  call(method: RpcMethodName, params: unknown): Promise<unknown> {
    return this.host.perform(method, params, () => undefined, NEVER);
  }

  listen(onEvent: (event: EngineEvent) => void, onLost: () => void): void {
    this.#onEvent = onEvent;
    this.#onLost = onLost;
  }

  /** It leads no more. */
  lose(): void {
    this.#onLost();
  }

  receive(message: TabMessage): void {
    // A tab that was just loaded: what failed here may work there.
    if (message.kind === 'hello' && this.host.state.kind === 'failed') this.#yield();
    else if (message.kind === 'hello') this.#announce();
    else if (message.kind === 'term' && message.term > this.#term) this.#rise(message.term);
    else if (message.kind === 'ask' && message.leader === this.#leader)
      this.#desk.receive(message.tab, message.message);
  }

  #rise(heard: number): void {
    this.#term = heard + 1;
    this.#announce();
  }

  #announce(): void {
    const { state } = this.host;
    // Until it is known what is here, nobody needs to know who will tell.
    if (state.kind === 'starting') return;
    const key = this.host.takeoverKey;
    const [leader, term] = [this.#leader, this.#term];
    this.#hooks.post({ kind: 'leader', protocol: TAB_PROTOCOL, leader, term, state, key });
  }
}
