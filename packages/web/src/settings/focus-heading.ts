/** How long a dialog takes to give the focus back. */
const AFTER_DIALOG_MS = 150;

/**
 * After a dialog whose doing took away the button that opened it: the focus goes to the heading of the page instead of
 * nowhere.
 */
export function focusHeadingAfterDialog(): void {
  setTimeout(() => {
    if (document.activeElement !== document.body) return;
    [...document.querySelectorAll<HTMLElement>('main h1[tabindex]')].at(-1)?.focus({ preventScroll: true });
  }, AFTER_DIALOG_MS);
}
