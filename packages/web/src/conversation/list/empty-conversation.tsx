import { LockKeyhole } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../design/empty-state.tsx';
import { useConversation } from '../conversation-context.tsx';
import styles from './message-list.module.css';

export function EmptyConversation() {
  const { t } = useTranslation('conversation');
  const { contact } = useConversation();
  return (
    <div className={styles.middle}>
      <EmptyState icon={<LockKeyhole aria-hidden />} title={t('empty')}>
        {t('emptyText', { name: contact.name })}
      </EmptyState>
    </div>
  );
}
