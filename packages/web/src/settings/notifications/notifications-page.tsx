import { BellRing } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Banner } from '../../design/banner.tsx';
import { ListRow } from '../../design/list-row.tsx';
import { Section } from '../../design/page.tsx';
import { RadioGroup } from '../../design/radio-group.tsx';
import { setPreferences, usePreference } from '../../state/preferences.ts';
import type { Preferences } from '../../state/preferences.ts';
import { SettingsPage } from '../settings-page.tsx';
import { hasNotifications, showNotification } from './show-notification.ts';

type Mode = Preferences['notifications'];

/** What is shown when a message comes while nobody looks. The browser is asked only when something else than nothing is chosen. */
function NotificationsPage() {
  const { t } = useTranslation('settings');
  const mode = usePreference('notifications');
  const [permission, setPermission] = useState<NotificationPermission | 'missing'>(readPermission);
  const [dismissed, setDismissed] = useState(false);
  useEffect(() => {
    // It can be changed in the settings of the browser meanwhile.
    const look = (): void => setPermission(readPermission());
    addEventListener('focus', look);
    return () => removeEventListener('focus', look);
  }, []);

  const choose = async (wanted: Mode): Promise<void> => {
    setDismissed(false);
    if (wanted === 'off') return setPreferences({ notifications: 'off' });
    const answer = await Notification.requestPermission();
    setPermission(answer);
    setDismissed(answer === 'default');
    setPreferences({ notifications: answer === 'granted' ? wanted : 'off' });
  };
  const shown = permission === 'granted' ? mode : 'off';

  return (
    <SettingsPage title={t('nav.notifications')}>
      {permission === 'missing' && <Banner>{t('notifications.missing')}</Banner>}
      {permission === 'denied' && <Banner tone="warn">{t('notifications.refused')}</Banner>}
      {dismissed && <Banner live="status">{t('notifications.dismissed')}</Banner>}
      {permission !== 'missing' && (
        <Section title={t('notifications.choose')} description={t('notifications.whileOpen')}>
          <RadioGroup<Mode>
            label={t('notifications.choose')}
            hideLabel
            value={shown}
            onChange={(wanted) => void choose(wanted)}
            options={[
              { value: 'off', label: t('notifications.off') },
              {
                value: 'private',
                label: t('notifications.private'),
                description: t('notifications.privateHint'),
              },
              { value: 'full', label: t('notifications.full'), description: t('notifications.fullHint') },
            ]}
          />
        </Section>
      )}
      {shown !== 'off' && (
        <Section flush>
          <ListRow
            start={<BellRing size={20} aria-hidden />}
            title={t('notifications.test')}
            onPress={() => {
              const body = t('notifications.testBody');
              void showNotification({ title: t('notifications.message'), body, tag: 'sotto-test', route: '#/' });
            }}
          />
        </Section>
      )}
    </SettingsPage>
  );
}

function readPermission(): NotificationPermission | 'missing' {
  return hasNotifications() ? Notification.permission : 'missing';
}

export default NotificationsPage;
