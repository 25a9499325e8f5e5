import { UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { FrontPage } from '../app/front-page.tsx';
import { navigate } from '../app/router.ts';
import { Button } from '../design/button.tsx';
import { FirstRequest } from '../list/first-request.tsx';
import { OwnInvite } from '../list/own-invite.tsx';
import { useWhoami } from '../state/whoami.ts';
import styles from './onboarding.module.css';

export interface ReadyScreenProps {
  readonly onDone: () => void;
}

/** The account stands: what to send to the first person, or how to take what they sent. */
export function ReadyScreen({ onDone }: ReadyScreenProps) {
  const { t } = useTranslation('onboarding');
  const whoami = useWhoami();
  const add = () => {
    navigate('#/add', { replace: true });
    onDone();
  };
  return (
    <FrontPage
      voice
      title={whoami === null ? t('ready.unnamed') : t('ready.title', { name: whoami.name })}
      lead={t('ready.lead')}
    >
      <FirstRequest onLook={onDone} />
      <OwnInvite />
      <div className={styles.stack}>
        <Button size="l" full onPress={onDone}>
          {t('ready.go')}
        </Button>
        <Button variant="plain" full icon={<UserPlus aria-hidden />} onPress={add}>
          {t('ready.add')}
        </Button>
      </div>
    </FrontPage>
  );
}
