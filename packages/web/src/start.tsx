import './design/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { ProfileClient } from '@sotto/engine/platform/browser';
import { App, kindOf } from './app/app.tsx';
import type { ProfileKind } from './app/app.tsx';
import { startTheme } from './app/theme.ts';
import { openProfile } from './client/open-profile.ts';
import { localeOf, startTexts } from './i18n/i18n.ts';
import { keepUpToDate } from './pwa/service-worker.ts';

/** The program is kept for the next visit when the worker with the database has come: both would share a slow line. */
const started = Promise.withResolvers<void>();

function open(kind: ProfileKind): ProfileClient {
  const client = openProfile(kind);
  client.onState(({ kind }) => {
    if (kind !== 'starting') started.resolve();
  });
  return client;
}

/** Puts the application into the page. */
export function start(root: Element): void {
  startTexts(localeOf(location.search));
  startTheme();
  const kind = kindOf(location.search);
  createRoot(root).render(
    <StrictMode>
      <App first={{ kind, client: open(kind) }} openProfile={open} />
    </StrictMode>,
  );
  keepUpToDate(started.promise);
}
