/**
 * Lines of guests whose device list is not known yet. They wait in memory while it is looked up at the room's node,
 * once; what cannot be verified then is judged by its certificate alone (ENG-11), and a restart forgets them.
 */
import type { Incoming } from '../inbox/opening.ts';
import type { Profile } from '../account/profile.ts';
import { toHex } from '../store/hex.ts';
import type { Targets } from '../outbox/targets.ts';

/** Of all guests together. */
const MAX_WAITING = 64;

export interface UnknownSpeakersParts {
  readonly profile: Profile;
  readonly targets: Targets;
  /** Takes them up again. */
  readonly onReady: (waiting: readonly Incoming[]) => void;
  readonly onFault: (error: unknown) => void;
}

export class UnknownSpeakers {
  readonly #parts: UnknownSpeakersParts;
  readonly #waiting = new Map<string, Incoming[]>();
  #closed = false;

  constructor(parts: UnknownSpeakersParts) {
    this.#parts = parts;
  }

  close(): void {
    this.#closed = true;
    this.#waiting.clear();
  }

  hold(account: Uint8Array, incoming: Incoming): void {
    const route = this.#parts.profile.current.home;
    let count = 0;
    for (const lines of this.#waiting.values()) count += lines.length;
    if (this.#closed || route === null || count >= MAX_WAITING) return;
    const name = toHex(account);
    const known = this.#waiting.get(name);
    if (known !== undefined) return void known.push(incoming);
    this.#waiting.set(name, [incoming]);
    this.#parts.targets
      .lookUp(account.slice(), route)
      .catch(() => undefined)
      .then(() => this.#release(name))
      .catch((error: unknown) => {
        if (!this.#closed) this.#parts.onFault(error);
      });
  }

  #release(name: string): void {
    const lines = this.#waiting.get(name) ?? [];
    this.#waiting.delete(name);
    if (!this.#closed && lines.length > 0) this.#parts.onReady(lines);
  }
}
