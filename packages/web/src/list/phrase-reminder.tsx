import { useTranslation } from 'react-i18next';
import { KeyRound } from 'lucide-react';
import { Banner } from '../design/banner.tsx';
import { setPreferences, usePreference } from '../state/preferences.ts';
import { useIsPrivate } from '../state/profile-context.tsx';
import styles from './phrase-reminder.module.css';

/** Stays until the recovery phrase was written down, or nobody wants to hear of it any more. */
export function PhraseReminder() {
  const { t } = useTranslation('app');
  const due = usePreference('phraseDue');
  const isPrivate = useIsPrivate();
  if (!due || isPrivate) return null;
  return (
    <div className={styles.reminder}>
      <Banner
        tone="warn"
        icon={<KeyRound aria-hidden />}
        title={t('phrase.title')}
        actions={<a href="#/settings/phrase">{t('phrase.show')}</a>}
        onDismiss={() => setPreferences({ phraseDue: false })}
      >
        {t('phrase.text')}
      </Banner>
    </div>
  );
}
