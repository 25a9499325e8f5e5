import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorText } from '../app/errors.ts';
import { FrontPage } from '../app/front-page.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Spinner } from '../design/spinner.tsx';
import { useProfile } from '../state/profile-context.tsx';
import { PhraseCard } from './phrase-card.tsx';
import { wordsOf } from './phrase-words.ts';
import styles from './onboarding.module.css';

export interface PhraseScreenProps {
  readonly onNext: (written: boolean) => void;
}

/** The recovery phrase of the new account; it can wait, but is asked for again. */
export function PhraseScreen({ onNext }: PhraseScreenProps) {
  const { t } = useTranslation('onboarding');
  const profile = useProfile();
  const errorText = useErrorText();
  const [words, setWords] = useState<readonly string[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let stopped = false;
    profile.phrase({ passphrase: null }).then(
      (phrase) => {
        if (!stopped) setWords(wordsOf(phrase ?? ''));
      },
      (error: unknown) => {
        if (!stopped) setProblem(errorText(error));
      },
    );
    return () => {
      stopped = true;
    };
  }, [profile, errorText]);
  return (
    <FrontPage title={t('phrase.title')} lead={t('phrase.lead')} wide>
      {problem !== null && <Banner tone="danger">{problem}</Banner>}
      {words === null && problem === null && (
        <div className={styles.wait}>
          <Spinner label={t('phrase.loading')} />
        </div>
      )}
      {words !== null && <PhraseCard words={words} />}
      <div className={styles.stack}>
        <Button variant="primary" size="l" full isDisabled={words === null} onPress={() => onNext(true)}>
          {t('phrase.written')}
        </Button>
        <Button variant="plain" full onPress={() => onNext(false)}>
          {t('phrase.later')}
        </Button>
      </div>
    </FrontPage>
  );
}
