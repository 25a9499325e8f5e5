/** Another build has begun in all tabs: its files are the only ones that are kept now, so every page is loaded anew. */

/**
 * Once a page, before anything else that takes time: a page that hears of it late would go on with files that are gone.
 */
export function followController(): void {
  // Without storage there may be none.
  if (!('serviceWorker' in navigator)) return;
  // The first one takes over a page that came without any.
  let isControlled = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (isControlled) location.reload();
    isControlled = true;
  });
}
