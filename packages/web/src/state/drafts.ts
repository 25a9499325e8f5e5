/** What is being written, one text a conversation: kept by the engine, sealed, so that a reload loses nothing. */
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { EngineHandle } from '@sotto/engine/api';
import { useEngine } from './profile-context.tsx';
import { useSession } from './session.tsx';

export interface OpenDraft {
  readonly text: string;
  /** Id of the message that is answered. */
  readonly replyTo?: string;
}

type DraftEngine = Pick<EngineHandle, 'drafts' | 'saveDraft'>;

const NOTHING: OpenDraft = { text: '' };
const SAVE_AFTER_MS = 400;

export class Drafts {
  readonly #engine: DraftEngine;
  readonly #drafts = new Map<string, OpenDraft>();
  readonly #unsaved = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #saveLater: (save: () => void) => void;
  #isPlanned = false;

  constructor(
    engine: DraftEngine,
    saveLater: (save: () => void) => void = (save) => void setTimeout(save, SAVE_AFTER_MS),
  ) {
    this.#engine = engine;
    this.#saveLater = saveLater;
    engine.drafts({}).then(
      ({ drafts }) => {
        for (const { conversation, text, replyTo } of drafts) {
          // What was written since it was asked is newer.
          if (this.#drafts.has(conversation)) continue;
          this.#drafts.set(conversation, { text, ...(replyTo === undefined ? {} : { replyTo }) });
        }
        this.#tell();
      },
      () => undefined,
    );
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(conversation: string): OpenDraft {
    return this.#drafts.get(conversation) ?? NOTHING;
  }

  set(conversation: string, draft: OpenDraft): void {
    this.#drafts.set(conversation, draft.text === '' && draft.replyTo === undefined ? NOTHING : draft);
    this.#unsaved.add(conversation);
    this.#tell();
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#saveLater(() => {
      this.#isPlanned = false;
      this.save();
    });
  }

  /** At once: the page may go away. */
  save(): void {
    for (const conversation of this.#unsaved) {
      const { text, replyTo } = this.get(conversation);
      const params = { conversation, text, ...(replyTo === undefined ? {} : { replyTo }) };
      // It is still here; the next change tries again.
      this.#engine.saveDraft(params).catch(() => undefined);
    }
    this.#unsaved.clear();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

const ofSession = new WeakMap<object, Drafts>();

/**
 * Those of one session: the page's engine goes on when the profile is locked or erased, the words do not, and whoever comes
 * after is not given them.
 */
export function draftsOf(session: object, engine: DraftEngine): Drafts {
  const found = ofSession.get(session) ?? new Drafts(engine);
  ofSession.set(session, found);
  return found;
}

function useDrafts(): Drafts {
  const engine = useEngine();
  const session = useSession();
  return useState(() => draftsOf(session, engine))[0];
}

/** The draft of a conversation, and how to change it. */
export function useDraft(conversation: string): [OpenDraft, (draft: OpenDraft) => void] {
  const drafts = useDrafts();
  const draft = useSyncExternalStore(
    useCallback((listener) => drafts.subscribe(listener), [drafts]),
    () => drafts.get(conversation),
  );
  useEffect(() => {
    const save = () => drafts.save();
    window.addEventListener('pagehide', save);
    document.addEventListener('visibilitychange', save);
    return () => {
      save();
      window.removeEventListener('pagehide', save);
      document.removeEventListener('visibilitychange', save);
    };
  }, [drafts]);
  return [draft, useCallback((next) => drafts.set(conversation, next), [drafts, conversation])];
}
