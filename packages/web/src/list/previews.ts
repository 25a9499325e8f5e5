/** The newest message of each conversation that is in view: asked for once, then kept by the engine's events. */
import { createStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { EngineEvent, EngineHandle, Message } from '@sotto/engine/api';
import { eventsByFrame } from '../state/events-by-frame.ts';
import { soon } from '../state/soon.ts';

export interface Previews {
  /** null: the conversation is empty. */
  readonly newest: ReadonlyMap<string, Message | null>;
  readonly want: (address: string) => void;
}

const MAX_ASKED = 4;

export interface FollowedPreviews {
  readonly store: StoreApi<Previews>;
  /** Begins to listen; answers how to stop. */
  readonly follow: () => () => void;
}

/** @param later runs a function before the next frame */
export function createPreviews(engine: EngineHandle, later: (run: () => void) => void = soon): FollowedPreviews {
  const queue: string[] = [];
  const pending = new Set<string>();
  let asked = 0;

  const store = createStore<Previews>(() => ({
    newest: new Map(),
    want: (address) => {
      if (store.getState().newest.has(address) || pending.has(address)) return;
      pending.add(address);
      queue.push(address);
      next();
    },
  }));

  const put = (address: string, message: Message | null) =>
    store.setState(({ newest }) => ({ newest: new Map(newest).set(address, message) }));

  function next(): void {
    if (asked >= MAX_ASKED) return;
    // The last one asked for is in view now; earlier ones may have been scrolled past.
    const address = queue.pop();
    if (address === undefined) return;
    asked += 1;
    engine
      .history({ conversation: address, limit: 1 })
      .then(({ messages }) => {
        const found = messages.at(-1) ?? null;
        const known = store.getState().newest.get(address);
        if (known === undefined || known === null || (found?.position ?? 0) >= known.position) put(address, found);
      })
      // It stays without a line; the next event of the conversation brings one.
      .catch(() => undefined)
      .finally(() => {
        pending.delete(address);
        asked -= 1;
        next();
      });
  }

  const forget = (address: string) => {
    store.setState(({ newest }) => {
      const left = new Map(newest);
      left.delete(address);
      return { newest: left };
    });
    store.getState().want(address);
  };

  return {
    store,
    follow: () => {
      const listener = (event: EngineEvent) => {
        const { newest } = store.getState();
        if (event.type === 'message' || event.type === 'changed') {
          const { message } = event;
          const known = newest.get(message.conversation);
          const newer = known === undefined || known === null || message.position >= known.position;
          if (event.type === 'message' ? newer : known?.id === message.id) put(message.conversation, message);
        } else if (event.type === 'removed') {
          if (newest.get(event.conversation)?.id === event.id) forget(event.conversation);
        } else if (event.type === 'resumed') {
          // Rows in view ask again when theirs is gone.
          store.setState({ newest: new Map() });
        }
      };
      return eventsByFrame(engine, listener, later);
    },
  };
}
