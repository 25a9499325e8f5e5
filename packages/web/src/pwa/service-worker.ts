/** Registers the service worker, looks for newer builds, and changes over when asked, in all tabs together. */
import { BEGIN, VERSION_LOCK } from './update-messages.ts';
import { updateWithin } from './update-within.ts';

/** Not while the first screen loads, but also where the worker never comes. */
const REGISTER_AFTER_MS = 500;
const REGISTER_AT_LAST_MS = 30_000;
const LOOK_EVERY_MS = 60 * 60 * 1000;

/** The worker that waits takes over within so long, and then all pages reload by themselves. */
const BEGIN_WITHIN_MS = 3000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let registration: ServiceWorkerRegistration | null = null;
/** A file of this build is gone from the server and was not kept: only a reload helps. */
let isStale = false;
let ready = false;
const listeners = new Set<() => void>();

export const isUpdateReady = (): boolean => ready;

export function onUpdateReady(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function setReady(): void {
  ready = isStale || (registration !== null && registration.waiting !== null);
  for (const listener of listeners) listener();
}

/**
 * Once a page.
 * @param isQuiet what loads first has come
 */
export function keepUpToDate(isQuiet: Promise<void>): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  addEventListener('vite:preloadError', () => {
    isStale = true;
    setReady();
  });
  void Promise.race([isQuiet.then(() => wait(REGISTER_AFTER_MS)), wait(REGISTER_AT_LAST_MS)]).then(register);
}

async function register(): Promise<void> {
  try {
    registration = await navigator.serviceWorker.register('./sw.js', { updateViaCache: 'none' });
  } catch {
    // Storage switched off, or a certificate the browser does not trust: the page works without.
    return;
  }
  const watched = registration;
  setReady();
  watched.addEventListener('updatefound', () => {
    watched.installing?.addEventListener('statechange', setReady);
  });
  let lookedAt = Date.now();
  const look = (): void => {
    if (document.visibilityState !== 'visible' || Date.now() - lookedAt < LOOK_EVERY_MS) return;
    lookedAt = Date.now();
    void updateWithin(() => watched.update());
  };
  document.addEventListener('visibilitychange', look);
  setInterval(look, LOOK_EVERY_MS / 4);
}

/** Changes to the build that waits as soon as no tab holds this one (`holdVersion`); every tab then reloads. */
export function applyUpdate(): void {
  void navigator.locks.request(VERSION_LOCK, async () => {
    const waiting = registration?.waiting ?? null;
    waiting?.postMessage(BEGIN);
    // Chromium now and then lets a worker that was told to begin wait until some page is loaded.
    if (waiting !== null) await wait(BEGIN_WITHIN_MS);
    location.reload();
    // Until this page is gone nobody begins what the reload of all tabs would spoil.
    return new Promise<never>(() => {});
  });
}

/**
 * While something runs that a reload would spoil (a backup is being written, a device linked), in whatever tab.
 * @returns lets go
 */
export function holdVersion(): () => void {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  void navigator.locks.request(VERSION_LOCK, { mode: 'shared' }, () => released);
  return release;
}
