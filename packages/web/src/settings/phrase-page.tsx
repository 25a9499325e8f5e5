import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { EngineError } from '@sotto/engine/api';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Section } from '../design/page.tsx';
import { toast } from '../design/toast.tsx';
import { setPreferences } from '../state/preferences.ts';
import { useProfile, useProfileState } from '../state/profile-context.tsx';
import { PassphraseField } from './passphrase-field.tsx';
import styles from './phrase-page.module.css';
import { SettingsPage } from './settings-page.tsx';
import { useTask } from './use-task.ts';

/** The 24 words, only after somebody said that nobody looks on; gone from the screen when the page is left. */
function PhrasePage() {
  const { t } = useTranslation('settings');
  const profile = useProfile();
  const state = useProfileState();
  const asks = state.kind === 'open' && state.protection === 'passphrase';
  const [passphrase, setPassphrase] = useState('');
  const [phrase, setPhrase] = useState<string | null>(null);
  const [isLinked, setIsLinked] = useState(false);
  const { busy, problem, run, setProblem } = useTask();

  const show = async (): Promise<void> => {
    try {
      const words = await profile.phrase({ passphrase: asks ? passphrase : null });
      setPhrase(words);
      setIsLinked(words === null);
      setPassphrase('');
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'not-allowed') throw error;
      setProblem(t('lock.wrong'));
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void run(show);
  };

  return (
    <SettingsPage title={t('nav.phrase')}>
      <p className={styles.intro}>{t('phrase.intro')}</p>
      {isLinked && <Banner title={t('phrase.linked')}>{t('phrase.linkedText')}</Banner>}
      {phrase === null && !isLinked && (
        <Section>
          <form className={styles.form} onSubmit={submit}>
            <Banner tone="warn" title={t('phrase.warning')}>
              {t('phrase.warningText')}
            </Banner>
            {asks && (
              <PassphraseField
                label={t('phrase.passphrase')}
                value={passphrase}
                onChange={setPassphrase}
                error={problem}
              />
            )}
            {!asks && problem !== null && (
              <Banner tone="danger" live="alert">
                {problem}
              </Banner>
            )}
            <Button type="submit" busy={busy} isDisabled={asks && passphrase === ''}>
              {asks ? t('phrase.show') : t('phrase.confirm')}
            </Button>
          </form>
        </Section>
      )}
      {phrase !== null && (
        <Section>
          <ol className={styles.words} dir="ltr" aria-label={t('phrase.words')} translate="no">
            {phrase.split(' ').map((word, index) => (
              // A word may stand twice; its place names it.
              // oxlint-disable-next-line react/no-array-index-key
              <li key={index}>{word}</li>
            ))}
          </ol>
          <div className={styles.buttons}>
            <Button onPress={() => setPhrase(null)}>{t('phrase.hide')}</Button>
            <Button
              variant="primary"
              onPress={() => {
                setPreferences({ phraseDue: false });
                setPhrase(null);
                toast({ text: t('phrase.keptDone') });
              }}
            >
              {t('phrase.kept')}
            </Button>
          </div>
        </Section>
      )}
    </SettingsPage>
  );
}

export default PhrasePage;
