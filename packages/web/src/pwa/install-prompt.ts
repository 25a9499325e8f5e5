/** The browser's offer to install this page (`beforeinstallprompt`, Chromium): it comes once, early, and is kept. */

interface InstallPromptEvent extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

let offer: InstallPromptEvent | null = null;
const listeners = new Set<() => void>();

function set(next: InstallPromptEvent | null): void {
  offer = next;
  for (const listener of listeners) listener();
}

/** Before anything else runs, so that the offer is not missed. */
export function rememberInstallPrompt(): void {
  addEventListener('beforeinstallprompt', (event) => {
    // Offered in the settings, not by a bar of the browser's over what is being written.
    event.preventDefault();
    set(event as InstallPromptEvent);
  });
  addEventListener('appinstalled', () => set(null));
}

export const hasOffer = (): boolean => offer !== null;

export function onOffer(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Asks the person; an offer can be used once. */
export async function takeOffer(): Promise<boolean> {
  const taken = offer;
  set(null);
  return (await taken?.prompt())?.outcome === 'accepted';
}
