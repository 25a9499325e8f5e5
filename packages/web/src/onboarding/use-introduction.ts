import { useEffect, useState } from 'react';
import type { Introduction } from '@sotto/engine/api';
import { currentRoute } from '../app/router.ts';
import { useEngine } from '../state/profile-context.tsx';

/** Who invites, when the page was opened through an invite link; null: nobody, or it cannot be read. */
export function useIntroduction(): Introduction | null {
  const engine = useEngine();
  const [introduction, setIntroduction] = useState<Introduction | null>(null);
  useEffect(() => {
    const route = currentRoute();
    if (route.screen !== 'add' || route.invite === null) return undefined;
    let stopped = false;
    engine
      .describe({ to: route.invite })
      .then((found) => {
        if (!stopped) setIntroduction(found);
      })
      // The screen that adds people says what is wrong with it, afterwards.
      .catch(() => undefined);
    return () => {
      stopped = true;
    };
  }, [engine]);
  return introduction;
}
