/**
 * The service worker: keeps the whole client of one build, so that it opens without a network, and every tab runs the same
 * one. A newer build waits until it is told to begin, or until no tab runs the older one any more.
 */
import { cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching';
import type { PrecacheEntry } from 'workbox-precaching';
import { pageFor } from './page-for.ts';
import { BEGIN } from './update-messages.ts';

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: PrecacheEntry[] };

// Each entry has its hash: what arrives changed is not kept, and then this build is not begun (WEB-8).
precacheAndRoute(self.__WB_MANIFEST, {
  directoryIndex: 'index.html',
  cleanURLs: false,
  // `?private`, `?locale=`: for the page, not for the server.
  ignoreURLParametersMatching: [/./],
});
cleanupOutdatedCaches();

self.addEventListener('message', ({ data }) => {
  if (data === BEGIN) void self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

/** A notification carries the place it speaks of; nothing but a place of this page is opened. */
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { route } = (event.notification.data ?? {}) as { route?: unknown };
  event.waitUntil(show(typeof route === 'string' && route.startsWith('#/') ? route : '#/'));
});

async function show(route: string): Promise<void> {
  const place = new URL(route, self.registration.scope).href;
  const page = pageFor(await self.clients.matchAll({ type: 'window' }));
  if (page === null) {
    await self.clients.openWindow(place);
    return;
  }
  await page.focus();
  await page.navigate(place).catch(() => null);
}
