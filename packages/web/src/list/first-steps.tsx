import { Link2, UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { navigate } from '../app/router.ts';
import { Button } from '../design/button.tsx';
import { useHeadingFocus } from '../design/use-heading-focus.ts';
import { FirstRequest } from './first-request.tsx';
import { OwnInvite } from './own-invite.tsx';
import styles from './first-steps.module.css';

/** Nobody is here yet: give them the invite, or take theirs. */
export function FirstSteps() {
  const { t } = useTranslation('app');
  const heading = useHeadingFocus();
  return (
    <div className={styles.steps}>
      <div className={styles.column}>
        <header className={styles.head}>
          <h2 ref={heading} tabIndex={-1} className="voice">
            {t('first.title')}
          </h2>
          <p>{t('first.text')}</p>
        </header>
        <FirstRequest />
        <section className={styles.step}>
          <h3>
            <Link2 aria-hidden />
            {t('first.invite')}
          </h3>
          <p>{t('first.inviteText')}</p>
          <OwnInvite />
        </section>
        <section className={styles.step}>
          <h3>
            <UserPlus aria-hidden />
            {t('first.add')}
          </h3>
          <p>{t('first.addText')}</p>
          <div>
            <Button onPress={() => navigate('#/add')}>{t('list.add')}</Button>
          </div>
        </section>
      </div>
    </div>
  );
}
