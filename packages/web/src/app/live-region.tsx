import { useSyncExternalStore } from 'react';

let spoken = '';
let turn = 0;
const listeners = new Set<() => void>();

/** Said by a screen reader when it has finished its sentence; seen by nobody. */
export function announce(text: string): void {
  turn += 1;
  // The same words twice are two announcements: an invisible difference makes them so.
  spoken = turn % 2 === 0 ? text : `${text}\u200b`;
  for (const listener of listeners) listener();
}

/** What was said is not in the page any more. */
export function hush(): void {
  spoken = '';
  for (const listener of listeners) listener();
}

function onSpoken(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Once a page. */
export function LiveRegion() {
  const text = useSyncExternalStore(onSpoken, () => spoken);
  return (
    <div className="only-heard" role="log" aria-live="polite" aria-atomic="true">
      {text}
    </div>
  );
}
