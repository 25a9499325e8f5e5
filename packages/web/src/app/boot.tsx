import { Suspense, useEffect, useRef, useState } from 'react';
import type { ProfileState } from '@sotto/engine/platform/browser';
import { clearToasts } from '../design/toast.tsx';
import { lazyScreen } from '../i18n/lazy-screen.tsx';
import { Onboarding } from '../onboarding/onboarding.tsx';
import { useIsPrivate, useProfileState } from '../state/profile-context.tsx';
import { FailedScreen } from './failed-screen.tsx';
import { hush } from './live-region.tsx';
import { guarded, livedHere, noteState } from './lived-here.ts';
import { navigate } from './router.ts';
import { Splash } from './splash.tsx';
import { UnlockScreen } from './unlock-screen.tsx';

/** Whoever comes for the first time sees the first screen before it is asked for. */
const loadShell = async () => {
  const { Shell } = await import('./shell.tsx');
  return { default: Shell };
};
const Shell = lazyScreen(['conversation', 'room'], loadShell);

/** What is shown is what the profile's state asks for; a new account is first shown to its end. */
export function Boot() {
  const state = useProfileState();
  const isPrivate = useIsPrivate();
  useNothingLeft(state.kind);
  // Who was never here does not wait for the database to say so; what is asked of it meanwhile waits.
  const [welcoming, setWelcoming] = useState(() => isPrivate || guarded(() => !livedHere(localStorage), false));
  if (state.kind === 'empty' && !welcoming) setWelcoming(true);
  if (state.kind === 'locked' && welcoming) setWelcoming(false);
  useEffect(() => {
    if (!isPrivate) guarded(() => noteState(state, localStorage), undefined);
  }, [state, isPrivate]);
  const isFirstScreen = welcoming && state.kind === 'starting';
  useEffect(() => {
    // If it cannot be had now, it is asked for again when it is to be shown.
    if (!isFirstScreen) void loadShell().catch(() => undefined);
  }, [isFirstScreen]);
  if (state.kind === 'empty' || (welcoming && (state.kind === 'open' || state.kind === 'starting'))) {
    return <Onboarding isOpen={state.kind === 'open'} onDone={() => setWelcoming(false)} />;
  }
  switch (state.kind) {
    case 'starting':
      return <Splash />;
    case 'locked':
      return <UnlockScreen />;
    case 'failed':
      return <FailedScreen code={state.code} />;
    case 'open':
      return (
        <Suspense fallback={<Splash />}>
          <Shell />
        </Suspense>
      );
  }
}

/** When a profile that was open no longer is, what stands outside of its screens goes too: names in words that were said, and in the address. */
function useNothingLeft(kind: ProfileState['kind']): void {
  const before = useRef(kind);
  useEffect(() => {
    const wasOpen = before.current === 'open' && kind !== 'open';
    before.current = kind;
    if (!wasOpen) return;
    hush();
    clearToasts();
    // Not before the first unlocking: where an invite, or a notification, leads to waits behind it.
    if (kind === 'locked') navigate('#/', { replace: true });
  }, [kind]);
  useEffect(
    () => () => {
      hush();
      clearToasts();
    },
    [],
  );
}
