import './design/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { ProfileClient } from '@sotto/engine/platform/browser';
import { App } from './app/app.tsx';
import { startTheme } from './app/theme.ts';
import { openProfile } from './client/open-profile.ts';
import { localeOf, startTexts } from './i18n/i18n.ts';
import { keepUpToDate } from './pwa/service-worker.ts';

const open = (profile: string | null): ProfileClient => openProfile(profile === null ? 'private' : 'kept');

/** Puts the application into the page. */
export function start(root: Element): void {
  startTexts(localeOf(location.search));
  startTheme();
  createRoot(root).render(
    <StrictMode>
      <App openProfile={open} />
    </StrictMode>,
  );
  keepUpToDate();
}
