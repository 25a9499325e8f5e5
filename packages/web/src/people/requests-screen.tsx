import { MailQuestion } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../design/empty-state.tsx';
import { Page } from '../design/page.tsx';
import { RequestCard } from './request-card.tsx';
import { useRequests } from './use-requests.ts';
import styles from './requests-screen.module.css';

/** Strangers who wrote, until a person decides. Their words are hidden until they are wanted. */
function RequestsScreen() {
  const { t } = useTranslation('people');
  const requests = useRequests();
  return (
    <Page title={t('requests.title')} back="#/" backAlways>
      {requests.length === 0 ? (
        <EmptyState icon={<MailQuestion aria-hidden />} title={t('requests.empty')}>
          {t('requests.emptyText')}
        </EmptyState>
      ) : (
        <>
          <p className={styles.intro}>{t('requests.intro')}</p>
          <ul className={styles.list}>
            {requests.map((contact) => (
              <li key={contact.address}>
                <RequestCard contact={contact} />
              </li>
            ))}
          </ul>
          <p className={styles.intro}>{t('requests.meaning')}</p>
        </>
      )}
    </Page>
  );
}

export default RequestsScreen;
