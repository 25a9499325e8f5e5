import { asBrowserError, failureState } from '../host/browser-errors.ts';
import { MemoryVault } from '../host/memory-vault.ts';
import { ProfileHost } from '../host/profile-host.ts';
import type { HostParts } from '../host/profile-host.ts';
import type { PerformCall } from '../rpc/served-calls.ts';
import type { TabHooks, TabProfile } from './tab-profile.ts';

/** A private session: of this tab alone, and nothing of it is kept (TAB-10). */
export class PrivateTab implements TabProfile {
  readonly #host: Promise<ProfileHost>;

  constructor(parts: Promise<HostParts>, hooks: TabHooks) {
    this.#host = start(parts, hooks);
    // The state says it.
    this.#host.catch(() => undefined);
  }

  readonly perform: PerformCall = async (method, params, tell, signal) =>
    await (await this.#host).perform(method, params, tell, signal);

  async close(): Promise<void> {
    await (await this.#host).close();
  }
}

async function start(parts: Promise<HostParts>, hooks: TabHooks): Promise<ProfileHost> {
  try {
    const loaded = await parts;
    const host = new ProfileHost(loaded, new MemoryVault(loaded.sqlite), hooks);
    await host.start(null);
    return host;
  } catch (error) {
    hooks.onState(failureState(error));
    throw asBrowserError(error);
  }
}
