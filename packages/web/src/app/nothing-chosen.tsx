import { useTranslation } from 'react-i18next';
import { Mark } from '../design/mark.tsx';
import { useContacts, useContactsKnown } from '../state/contacts.ts';
import { FirstSteps } from '../list/first-steps.tsx';
import styles from './nothing-chosen.module.css';

/** Beside the list while no conversation is open. */
export function NothingChosen() {
  const { t } = useTranslation('app');
  const known = useContactsKnown();
  const someone = useContacts('accepted').length > 0;
  if (!known) return null;
  if (!someone) return <FirstSteps />;
  return (
    <div className={styles.nothing}>
      <Mark size={56} />
      <h2 className="voice">{t('nothing.title')}</h2>
      <p>{t('nothing.text')}</p>
    </div>
  );
}
