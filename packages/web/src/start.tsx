import './design/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { ProfileClient } from '@sotto/engine/platform/browser';
import { App } from './app/app.tsx';
import { startTheme } from './app/theme.ts';
import { openProfile } from './client/open-profile.ts';
import { localeOf, startTexts } from './i18n/i18n.ts';
import { keepUpToDate } from './pwa/service-worker.ts';

/** The program is kept for the next visit when the worker with the database has come: both would share a slow line. */
const started = Promise.withResolvers<void>();

function open(profile: string | null): ProfileClient {
  const client = openProfile(profile === null ? 'private' : 'kept');
  client.onState(({ kind }) => {
    if (kind !== 'starting') started.resolve();
  });
  return client;
}

/** Puts the application into the page. */
export function start(root: Element): void {
  startTexts(localeOf(location.search));
  startTheme();
  createRoot(root).render(
    <StrictMode>
      <App openProfile={open} />
    </StrictMode>,
  );
  keepUpToDate(started.promise);
}
