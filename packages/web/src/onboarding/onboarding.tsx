import { Suspense, useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { currentRoute } from '../app/router.ts';
import { Splash } from '../app/splash.tsx';
import { lazyScreen } from '../i18n/lazy-screen.tsx';
import { useIsPrivate, useProfile } from '../state/profile-context.tsx';
import { setPreferences } from '../state/preferences.ts';
import { homeNode } from './home-node.ts';
import { Welcome } from './welcome.tsx';

/** One file, which is there before anybody has written a name. */
const loadSteps = () => import('./later-steps.tsx');
const HaveAccount = lazyScreen([], async () => ({ default: (await loadSteps()).HaveAccount }));
const PhraseScreen = lazyScreen([], async () => ({ default: (await loadSteps()).PhraseScreen }));
const ReadyScreen = lazyScreen([], async () => ({ default: (await loadSteps()).ReadyScreen }));
const TakeUp = lazyScreen([], async () => ({ default: (await loadSteps()).TakeUp }));
const JoinScreen = lazyScreen(['linking'], async () => {
  const { JoinScreen: screen } = await import('../linking/join-screen.tsx');
  return { default: screen };
});
const RestoreScreen = lazyScreen(['backup', 'settings'], async () => {
  const { RestoreScreen: screen } = await import('../backup/restore-screen.tsx');
  return { default: screen };
});

export interface OnboardingProps {
  /** The account is made, the engine runs. */
  readonly isOpen: boolean;
  readonly onDone: () => void;
}

type Step = 'welcome' | 'have' | 'join' | 'restore' | 'takeUp' | 'phrase' | 'ready';

/** From an empty profile to the first conversation. An invite behind the `#` stays there, and is opened afterwards. */
export function Onboarding({ isOpen, onDone }: OnboardingProps) {
  const profile = useProfile();
  const isPrivate = useIsPrivate();
  const [step, setStep] = useState<Step>('welcome');
  const creating = useRef(false);
  useEffect(() => {
    // If it cannot be had now, it is asked for again when it is to be shown.
    void loadSteps().catch(() => undefined);
  }, []);
  const own = step === 'phrase' || step === 'ready';

  useEffect(() => {
    // It was linked, restored or taken up; or another tab made the account.
    if (isOpen && !own && !creating.current) onDone();
  }, [isOpen, own, onDone]);

  const create = async (name: string, psk: Uint8Array | null, phrase: string | null) => {
    const route = currentRoute();
    creating.current = true;
    try {
      await profile.create({
        name,
        node: homeNode(location),
        ...(psk === null ? {} : { psk }),
        ...(route.screen === 'add' && route.invite !== null ? { invite: route.invite } : {}),
        ...(phrase === null ? {} : { phrase }),
      });
      if (phrase !== null || isPrivate) onDone();
      else setStep('phrase');
    } finally {
      creating.current = false;
    }
  };
  const afterPhrase = (written: boolean) => {
    setPreferences({ phraseDue: !written });
    const invited = currentRoute().screen === 'add';
    if (invited) onDone();
    else setStep('ready');
  };

  const shown = (): ReactNode => {
    switch (step) {
      case 'welcome':
        return <Welcome onName={(name, psk) => create(name, psk, null)} onHave={() => setStep('have')} />;
      case 'have':
        return <HaveAccount onBack={() => setStep('welcome')} onChoose={setStep} />;
      case 'takeUp':
        return <TakeUp onBack={() => setStep('have')} onTakeUp={(name, psk, phrase) => create(name, psk, phrase)} />;
      case 'join':
        return <JoinScreen onBack={() => setStep('have')} />;
      case 'restore':
        return <RestoreScreen onBack={() => setStep('have')} />;
      case 'phrase':
        return <PhraseScreen onNext={afterPhrase} />;
      case 'ready':
        return <ReadyScreen onDone={onDone} />;
    }
  };
  return <Suspense fallback={<Splash />}>{shown()}</Suspense>;
}
