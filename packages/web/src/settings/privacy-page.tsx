import { MailQuestion } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../design/avatar.tsx';
import { Banner } from '../design/banner.tsx';
import { ListRow } from '../design/list-row.tsx';
import { Section } from '../design/page.tsx';
import { Switch } from '../design/switch.tsx';
import { hrefOf } from '../app/router.ts';
import { useContacts } from '../state/contacts.ts';
import { useEngine } from '../state/profile-context.tsx';
import { useSetWhoami, useWhoami } from '../state/whoami.ts';
import { SettingsPage } from './settings-page.tsx';
import { useTask } from './use-task.ts';

const CHOICES = ['receipts', 'typing', 'listed'] as const;
const FIELDS = { receipts: 'readReceipts', typing: 'typing', listed: 'listed' } as const;

/** What others learn without being told. */
function PrivacyPage() {
  const { t } = useTranslation('settings');
  const engine = useEngine();
  const self = useWhoami();
  const setSelf = useSetWhoami();
  const blocked = useContacts('blocked');
  const { busy, problem, run } = useTask();
  const change = (field: (typeof FIELDS)[keyof typeof FIELDS], value: boolean): void => {
    void run(async () => setSelf(await engine.setProfile({ [field]: value })));
  };
  return (
    <SettingsPage title={t('nav.privacy')}>
      {self !== null && (
        <Section description={t('privacy.allDevices')}>
          {CHOICES.map((choice) => (
            <Switch
              key={choice}
              label={t(`privacy.${choice}`)}
              description={t(`privacy.${choice}Hint`)}
              isSelected={self[FIELDS[choice]]}
              isDisabled={busy}
              onChange={(value) => change(FIELDS[choice], value)}
            />
          ))}
          {problem !== null && (
            <Banner tone="danger" live="alert">
              {problem}
            </Banner>
          )}
        </Section>
      )}
      <Section flush>
        <ListRow start={<MailQuestion size={20} aria-hidden />} title={t('privacy.requests')} href="#/requests" />
      </Section>
      <Section title={t('privacy.blocked')} flush>
        {blocked.length === 0 && <ListRow title={t('privacy.noBlocked')} />}
        {blocked.map(({ address, name, color }) => (
          <ListRow
            key={address}
            start={<Avatar name={name} color={color} size="s" />}
            title={<bdi>{name}</bdi>}
            href={hrefOf({ screen: 'contact', address })}
          />
        ))}
      </Section>
    </SettingsPage>
  );
}

export default PrivacyPage;
