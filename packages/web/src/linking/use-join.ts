import { useEffect, useState } from 'react';
import type { LinkProgress } from '@sotto/engine';
import type { Said } from '@sotto/engine/api';
import { useErrorText } from '../app/errors.ts';
import { homeNode } from '../onboarding/home-node.ts';
import { holdVersion } from '../pwa/service-worker.ts';
import { useProfile } from '../state/profile-context.tsx';

export type JoinState =
  | { readonly kind: 'connecting'; readonly problem: readonly Said[] | null }
  /** `expires`: ms since 1970. */
  | { readonly kind: 'code'; readonly code: string; readonly expires: number }
  | { readonly kind: 'approved'; readonly address: string; readonly contacts: { done: number; total: number } | null }
  | { readonly kind: 'failed'; readonly text: string };

const CONNECTING: JoinState = { kind: 'connecting', problem: null };

/** Asks for a code and waits for the other device; gives up, keeping nothing, when it is left. */
export function useJoin(name: string): JoinState {
  const profile = useProfile();
  const errorText = useErrorText();
  const [state, setState] = useState<JoinState>(CONNECTING);
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const tell = (change: (before: JoinState) => JoinState): void => {
      if (!signal.aborted) setState(change);
    };
    profile
      .link({
        node: homeNode(location),
        name,
        onCode: (code, expires) => tell(() => ({ kind: 'code', code, expires })),
        onProgress: (progress) => tell((before) => advanced(before, progress)),
        signal,
      })
      .catch((error: unknown) => tell(() => ({ kind: 'failed', text: errorText(error) })));
    const release = holdVersion();
    return () => {
      abort.abort();
      release();
    };
  }, [profile, name, errorText]);
  return state;
}

export function advanced(before: JoinState, progress: LinkProgress): JoinState {
  switch (progress.step) {
    case 'connecting':
      // A code that is shown stays: it holds also while the connection comes back.
      return before.kind === 'connecting'
        ? { kind: 'connecting', problem: progress.problem === undefined ? null : (progress.said ?? []) }
        : before;
    case 'waiting':
      return before;
    case 'approved':
      return { kind: 'approved', address: progress.address, contacts: null };
    case 'contacts': {
      const { done, total } = progress;
      const address = before.kind === 'approved' ? before.address : '';
      return { kind: 'approved', address, contacts: { done, total } };
    }
  }
}
