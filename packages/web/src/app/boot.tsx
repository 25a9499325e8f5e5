import { useEffect, useState } from 'react';
import { Onboarding } from '../onboarding/onboarding.tsx';
import { useIsPrivate, useProfile, useProfileState } from '../state/profile-context.tsx';
import { SessionProvider } from '../state/session.tsx';
import { FailedScreen } from './failed-screen.tsx';
import { guarded, livedHere, noteState } from './lived-here.ts';
import { Shell } from './shell.tsx';
import { Splash } from './splash.tsx';
import { UnlockScreen } from './unlock-screen.tsx';

/** What is shown is what the profile's state asks for; a new account is first shown to its end. */
export function Boot() {
  const profile = useProfile();
  const state = useProfileState();
  const isPrivate = useIsPrivate();
  // Who was never here does not wait for the database to say so; what is asked of it meanwhile waits.
  const [welcoming, setWelcoming] = useState(() => isPrivate || guarded(() => !livedHere(localStorage), false));
  if (state.kind === 'empty' && !welcoming) setWelcoming(true);
  if (state.kind === 'locked' && welcoming) setWelcoming(false);
  useEffect(() => {
    if (!isPrivate) guarded(() => noteState(state, localStorage), undefined);
  }, [state, isPrivate]);
  if (state.kind === 'empty' || (welcoming && (state.kind === 'open' || state.kind === 'starting'))) {
    return <Onboarding isOpen={state.kind === 'open'} onDone={() => setWelcoming(false)} />;
  }
  switch (state.kind) {
    case 'starting':
      return <Splash />;
    case 'locked':
      return <UnlockScreen />;
    case 'failed':
      return <FailedScreen code={state.code} text={state.text} />;
    case 'open':
      return (
        <SessionProvider engine={profile.engine}>
          <Shell />
        </SessionProvider>
      );
  }
}
