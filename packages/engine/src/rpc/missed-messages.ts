import type { EngineApi, EngineEvent, Message } from '../api.ts';
import { OwnerLost } from './rpc-calls.ts';
import type { RpcMethodName } from './rpc-methods.ts';

const PAGE = 200;

type Call = (method: RpcMethodName, params: unknown) => Promise<unknown>;
type HistoryPage = Awaited<ReturnType<EngineApi['history']>>;

/**
 * Remembers how far a listener has seen the history, and makes up for the messages whose events were lost while no
 * process ran the engine that this one listened to (RPC-9).
 */
export class MissedMessages {
  /** Highest position seen; null until it is known. */
  #position: number | null;
  /** While catching up: events that came meanwhile. */
  #held: EngineEvent[] | null = null;
  #interrupted: boolean;

  /** @param position up to which the history was seen before; then begin with resume() */
  constructor(position: number | null = null) {
    this.#position = position;
    this.#interrupted = position !== null;
  }

  get position(): number | null {
    return this.#position;
  }

  /** Notes where the history stands now. */
  async begin(call: Call): Promise<void> {
    if (this.#interrupted) return;
    try {
      const page = (await call('history', { limit: 1 })) as HistoryPage;
      this.#advance(page.messages.at(-1)?.position ?? 0);
    } catch {
      // Nothing to start from: there may be no identity yet.
    }
  }

  /** @returns whether to pass `event` on now; else it comes out of resume(). */
  admit(event: EngineEvent): boolean {
    if (this.#interrupted) this.#held ??= [];
    if (this.#held !== null) {
      this.#held.push(event);
      return false;
    }
    if (event.type === 'message') this.#advance(event.message.position);
    return true;
  }

  /** The connection is lost: events of the next one wait for resume(). */
  pause(): void {
    this.#interrupted = true;
    this.#held = null;
  }

  /** The messages that were missed, in order, then the events held since. */
  async *resume(call: Call): AsyncGenerator<EngineEvent> {
    const shown = new Set<string>();
    try {
      for (;;) {
        if (this.#position === null) break;
        const page = (await call('history', { after: this.#position, limit: PAGE })) as HistoryPage;
        for (const message of page.messages) {
          this.#advance(message.position);
          shown.add(keyOf(message));
          yield { type: 'message', message };
        }
        if (!page.more || page.messages.length === 0) break;
      }
    } catch (error) {
      // The next owner has gone as well: the one after it is asked from the position reached.
      if (error instanceof OwnerLost) return;
    }
    this.#interrupted = false;
    const held = this.#held ?? [];
    this.#held = null;
    for (const event of held) {
      if (event.type === 'message') {
        if (shown.has(keyOf(event.message))) continue;
        this.#advance(event.message.position);
      }
      yield event;
    }
  }

  #advance(position: number): void {
    this.#position = Math.max(this.#position ?? 0, position);
  }
}

function keyOf(message: Message): string {
  return `${message.position} ${message.id}`;
}
