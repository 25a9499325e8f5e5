/** What a page tells a service worker that waits: begin, in all tabs. */
export const BEGIN = 'sotto-begin';
/** Web Lock: shared by tabs that must not be reloaded now, exclusive for who changes the version. */
export const VERSION_LOCK = 'sotto-version';
