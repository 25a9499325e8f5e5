import { Trans, useTranslation } from 'react-i18next';
import type { Introduction } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { Avatar } from '../design/avatar.tsx';
import styles from './invited-by.module.css';

interface InvitedByProps {
  readonly introduction: Introduction;
}

/** Who invites, as the link says it. */
function InvitedBy({ introduction }: InvitedByProps) {
  const { t } = useTranslation('onboarding');
  const name = safeLine(introduction.name);
  return (
    <div className={styles.card} role="status">
      <Avatar name={name} color={0} />
      <div>
        <p className={styles.words}>
          {name === '' ? (
            t('invited.unnamed')
          ) : (
            <Trans ns="onboarding" i18nKey="invited.by" values={{ name }} components={{ name: <bdi /> }} />
          )}
        </p>
        <p className={styles.after}>{t('invited.after')}</p>
      </div>
    </div>
  );
}

export default InvitedBy;
