import { Archive, KeyRound, MonitorSmartphone } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { FrontPage } from '../app/front-page.tsx';
import { ListRow } from '../design/list-row.tsx';
import styles from './onboarding.module.css';

export interface HaveAccountProps {
  readonly onBack: () => void;
  readonly onChoose: (step: 'join' | 'restore' | 'takeUp') => void;
}

/** Three ways to bring an account here, the best one first. */
export function HaveAccount({ onBack, onChoose }: HaveAccountProps) {
  const { t } = useTranslation('onboarding');
  return (
    <FrontPage title={t('have.title')} lead={t('have.lead')} onBack={onBack}>
      <div className={styles.choices}>
        <ListRow
          start={<MonitorSmartphone aria-hidden />}
          title={t('have.link')}
          detail={t('have.linkText')}
          onPress={() => onChoose('join')}
        />
        <ListRow
          start={<Archive aria-hidden />}
          title={t('have.restore')}
          detail={t('have.restoreText')}
          onPress={() => onChoose('restore')}
        />
        <ListRow
          start={<KeyRound aria-hidden />}
          title={t('have.phrase')}
          detail={t('have.phraseText')}
          onPress={() => onChoose('takeUp')}
        />
      </div>
    </FrontPage>
  );
}
