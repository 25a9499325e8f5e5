import { Suspense, useCallback, useState } from 'react';
import type { EngineEvent } from '@sotto/engine/api';
import { lazyScreen } from '../i18n/lazy-screen.tsx';
import { useEngineEvents } from '../state/profile-context.tsx';
import { useWhoami } from '../state/whoami.ts';

const IncomingHistory = lazyScreen(['linking'], () => import('./incoming-history.tsx'));

/** On a device that has just joined: how much of the recent messages is here. Nothing otherwise. */
export function IncomingStrip() {
  const own = useWhoami()?.device;
  const [came, setCame] = useState<{ done: number; total: number } | null>(null);
  useEngineEvents(
    useCallback(
      (event: EngineEvent) => {
        // It comes from a device that was there before; what this one sends goes to one that came after it.
        if (event.type !== 'link' || own === undefined || event.device > own) return;
        const { done, total } = event;
        setCame(done < total ? { done, total } : null);
      },
      [own],
    ),
  );
  if (came === null) return null;
  return (
    <Suspense fallback={null}>
      <IncomingHistory {...came} />
    </Suspense>
  );
}
