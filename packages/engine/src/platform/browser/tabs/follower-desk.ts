import { ServedCalls } from '../rpc/served-calls.ts';
import type { PerformCall } from '../rpc/served-calls.ts';
import { tabLock } from './tab-messages.ts';

/** Where the leading tab serves the others. What a tab had under way is given up when that tab is gone. */
export class FollowerDesk {
  readonly #profile: string;
  readonly #perform: PerformCall;
  readonly #answer: (tab: string, message: object) => void;
  readonly #followers = new Map<string, ServedCalls>();

  constructor(profile: string, perform: PerformCall, answer: (tab: string, message: object) => void) {
    this.#profile = profile;
    this.#perform = perform;
    this.#answer = answer;
  }

  receive(tab: string, message: object): void {
    const known = this.#followers.get(tab) ?? this.#welcome(tab);
    known.receive(message);
  }

  #welcome(tab: string): ServedCalls {
    const calls = new ServedCalls(this.#perform, (message) => this.#answer(tab, message));
    this.#followers.set(tab, calls);
    // It is ours when the tab lets go of it.
    void navigator.locks.request(tabLock(this.#profile, tab), () => {
      this.#followers.delete(tab);
      calls.abort();
    });
    return calls;
  }
}
