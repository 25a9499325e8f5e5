import { Inbox } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { navigate } from '../app/router.ts';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { useContacts } from '../state/contacts.ts';

export interface FirstRequestProps {
  /** The person goes to the requests. */
  readonly onLook?: () => void;
}

/** Whoever was sent the invite has written: said where the invite is shown, for there one waits for them. */
export function FirstRequest({ onLook }: FirstRequestProps) {
  const { t } = useTranslation('app');
  const requests = useContacts('request');
  const [first] = requests;
  if (first === undefined) return null;
  const look = () => {
    navigate('#/requests');
    onLook?.();
  };
  return (
    <Banner
      live="status"
      icon={<Inbox aria-hidden />}
      title={t('first.request', { name: first.name, count: requests.length })}
      actions={
        <Button size="s" variant="primary" onPress={look}>
          {t('first.look')}
        </Button>
      }
    />
  );
}
