import { Monitor, Moon, Sun } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Section } from '../design/page.tsx';
import { RadioGroup } from '../design/radio-group.tsx';
import { Switch } from '../design/switch.tsx';
import { setPreferences, usePreference } from '../state/preferences.ts';
import { SettingsPage } from './settings-page.tsx';

/** Looks and manners of the interface in this browser. */
function AppearancePage() {
  const { t } = useTranslation('settings');
  const theme = usePreference('theme');
  const textSize = usePreference('textSize');
  const enterSends = usePreference('enterSends');
  return (
    <SettingsPage title={t('nav.appearance')}>
      <Section title={t('appearance.theme')}>
        <RadioGroup
          label={t('appearance.theme')}
          hideLabel
          cards
          value={theme}
          onChange={(value) => setPreferences({ theme: value })}
          options={[
            { value: 'system', label: t('appearance.system'), icon: <Monitor size={20} aria-hidden /> },
            { value: 'light', label: t('appearance.light'), icon: <Sun size={20} aria-hidden /> },
            { value: 'dark', label: t('appearance.dark'), icon: <Moon size={20} aria-hidden /> },
          ]}
        />
      </Section>
      <Section title={t('appearance.textSize')}>
        <RadioGroup
          label={t('appearance.textSize')}
          hideLabel
          cards
          value={textSize}
          onChange={(value) => setPreferences({ textSize: value })}
          options={[
            { value: 'normal', label: t('appearance.normal') },
            { value: 'large', label: t('appearance.large') },
            { value: 'larger', label: t('appearance.larger') },
          ]}
        />
        <p>{t('appearance.sample')}</p>
      </Section>
      <Section title={t('appearance.writing')}>
        <Switch
          label={t('appearance.enterSends')}
          description={t('appearance.enterSendsHint')}
          isSelected={enterSends}
          onChange={(value) => setPreferences({ enterSends: value })}
        />
      </Section>
    </SettingsPage>
  );
}

export default AppearancePage;
