import { useCallback, useEffect, useLayoutEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import type { ProfileClient } from '@sotto/engine/platform/browser';
import { Toasts } from '../design/toast.tsx';
import { holdVersion } from '../pwa/service-worker.ts';
import { ProfileProvider } from '../state/profile-context.tsx';
import { Boot } from './boot.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { LiveRegion } from './live-region.tsx';
import { keepRoutesPrivate } from './router.ts';
import { Splash } from './splash.tsx';

export interface AppProps {
  /** null: a throw-away one. */
  readonly openProfile: (profile: string | null) => ProfileClient;
}

/** Name of the profile that a browser keeps. */
const KEPT = 'default';

export function App({ openProfile }: AppProps) {
  const { i18n } = useTranslation();
  const [kind, setKind] = useState<'private' | 'kept'>(() =>
    new URLSearchParams(location.search).has('private') ? 'private' : 'kept',
  );
  const [client, setClient] = useState<ProfileClient | null>(null);
  useLayoutEffect(() => {
    let opened: ProfileClient | null = null;
    let left = false;
    // Not at once: a profile that is left in the same moment needs no worker.
    void Promise.resolve().then(() => {
      if (left) return;
      const client = openProfile(kind === 'private' ? null : KEPT);
      opened = client;
      // Before anything is painted: the first screen does not need what the worker knows.
      flushSync(() => setClient(client));
    });
    return () => {
      left = true;
      setClient(null);
      opened?.close();
    };
  }, [kind, openProfile]);
  // A reload, for a newer build that another tab takes, would end a private session.
  useEffect(() => (kind === 'private' ? holdVersion() : undefined), [kind]);
  useEffect(() => (kind === 'private' ? keepRoutesPrivate() : undefined), [kind]);
  const switchTo = useCallback((next: 'private' | 'kept') => setKind(next), []);
  return (
    <I18nProvider locale={i18n.language}>
      <ErrorBoundary>
        {client === null ? (
          <Splash />
        ) : (
          <ProfileProvider client={client} isPrivate={kind === 'private'} switchTo={switchTo}>
            <Boot />
          </ProfileProvider>
        )}
        <Toasts />
        <LiveRegion />
      </ErrorBoundary>
    </I18nProvider>
  );
}
