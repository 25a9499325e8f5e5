import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { keepUpToDate } from './pwa/service-worker.ts';

/** Puts the application into the page. */
export function start(root: Element): void {
  createRoot(root).render(
    <StrictMode>
      <main>Sotto</main>
    </StrictMode>,
  );
  keepUpToDate();
}
