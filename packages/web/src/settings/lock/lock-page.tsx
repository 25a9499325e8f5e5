import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LockKeyhole, LockKeyholeOpen } from 'lucide-react';
import { Banner } from '../../design/banner.tsx';
import { Button } from '../../design/button.tsx';
import { ListRow } from '../../design/list-row.tsx';
import { Section } from '../../design/page.tsx';
import { Select } from '../../design/select.tsx';
import { durationWords } from '../../people/duration-words.ts';
import { setPreferences, usePreference } from '../../state/preferences.ts';
import { useProfile, useProfileState } from '../../state/profile-context.tsx';
import { SettingsPage } from '../settings-page.tsx';
import { useTask } from '../use-task.ts';
import { PassphraseDialog } from './passphrase-dialog.tsx';

const MINUTES = [1, 5, 15, 30, 60, 240, 0];

/** The passphrase that locks this profile, and when it does. */
function LockPage() {
  const { t } = useTranslation('settings');
  const state = useProfileState();
  const protection = state.kind === 'open' ? state.protection : 'memory';
  const [open, setOpen] = useState<'set' | 'change' | 'remove' | null>(null);
  if (protection === 'memory') {
    return (
      <SettingsPage title={t('nav.lock')}>
        <Banner title={t('lock.privateTitle')}>{t('lock.privateText')}</Banner>
      </SettingsPage>
    );
  }
  return (
    <SettingsPage title={t('nav.lock')}>
      {protection === 'browser' ? (
        <Banner
          icon={<LockKeyholeOpen aria-hidden />}
          title={t('lock.none')}
          actions={
            <Button variant="primary" onPress={() => setOpen('set')}>
              {t('lock.set')}
            </Button>
          }
        >
          {t('lock.noneText')}
        </Banner>
      ) : (
        <Locked onChoose={setOpen} />
      )}
      {open !== null && <PassphraseDialog purpose={open} onClose={() => setOpen(null)} />}
    </SettingsPage>
  );
}

function Locked({ onChoose }: { onChoose: (purpose: 'change' | 'remove') => void }) {
  const { t, i18n } = useTranslation('settings');
  const profile = useProfile();
  const minutes = usePreference('lockAfterMinutes');
  const { busy, problem, run } = useTask();
  const choices = MINUTES.includes(minutes) ? MINUTES : [minutes, ...MINUTES];
  return (
    <>
      <Banner tone="good" icon={<LockKeyhole aria-hidden />} title={t('lock.isSet')}>
        {t('lock.isSetText')}
      </Banner>
      <Section flush>
        <ListRow
          start={<LockKeyhole size={20} aria-hidden />}
          title={t('lock.now')}
          detail={t('lock.nowHint')}
          disabled={busy}
          onPress={() => void run(() => profile.lock())}
        />
      </Section>
      <Section description={t('lock.timeoutHint')}>
        <Select
          label={t('lock.timeout')}
          value={String(minutes)}
          onChange={(value) => setPreferences({ lockAfterMinutes: Number(value) })}
          options={choices.map((choice) => ({
            value: String(choice),
            label:
              choice === 0 ? t('lock.never') : t('lock.after', { time: durationWords(i18n.language, choice * 60) }),
          }))}
        />
      </Section>
      <Section flush>
        <ListRow title={t('lock.change')} onPress={() => onChoose('change')} />
        <ListRow title={t('lock.remove')} danger onPress={() => onChoose('remove')} />
      </Section>
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
    </>
  );
}

export default LockPage;
