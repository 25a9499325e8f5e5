import { useCallback, useEffect, useRef, useState } from 'react';
import type { ProfileClient } from '@sotto/engine/platform/browser';
import { Toasts } from '../design/toast.tsx';
import { holdVersion } from '../pwa/service-worker.ts';
import { ProfileProvider } from '../state/profile-context.tsx';
import { Boot } from './boot.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { LiveRegion } from './live-region.tsx';
import { keepRoutesPrivate } from './router.ts';

/** The profile of this browser, or a throw-away one. */
export type ProfileKind = 'kept' | 'private';

interface OpenedProfile {
  readonly kind: ProfileKind;
  readonly client: ProfileClient;
}

/** What the page's address asks for. */
export function kindOf(search: string): ProfileKind {
  return new URLSearchParams(search).has('private') ? 'private' : 'kept';
}

export interface AppProps {
  /** There before anything is drawn: nothing is drawn twice for it. */
  readonly first: OpenedProfile;
  readonly openProfile: (kind: ProfileKind) => ProfileClient;
}

export function App({ first, openProfile }: AppProps) {
  const [{ kind, client }, setOpened] = useState(first);
  const opened = useRef(first);
  const switchTo = useCallback(
    (next: ProfileKind) => {
      if (opened.current.kind === next) return;
      opened.current.client.close();
      opened.current = { kind: next, client: openProfile(next) };
      setOpened(opened.current);
    },
    [openProfile],
  );
  // A reload, for a newer build that another tab takes, would end a private session.
  useEffect(() => (kind === 'private' ? holdVersion() : undefined), [kind]);
  useEffect(() => (kind === 'private' ? keepRoutesPrivate() : undefined), [kind]);
  return (
    <ErrorBoundary>
      {/* Nothing of one profile stays on the screens of the other. */}
      <ProfileProvider key={kind} client={client} isPrivate={kind === 'private'} switchTo={switchTo}>
        <Boot />
      </ProfileProvider>
      <Toasts />
      <LiveRegion />
    </ErrorBoundary>
  );
}
