import {
  Bell,
  DatabaseBackup,
  EyeOff,
  HardDrive,
  Info,
  KeyRound,
  LockKeyhole,
  MonitorSmartphone,
  Palette,
  QrCode,
  VenetianMask,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../design/avatar.tsx';
import { ListRow } from '../design/list-row.tsx';
import { Page, Section } from '../design/page.tsx';
import { useWhoami } from '../state/whoami.ts';

const CLIENT = [
  ['appearance', Palette],
  ['notifications', Bell],
  ['lock', LockKeyhole],
  ['storage', HardDrive],
] as const satisfies readonly (readonly [string, LucideIcon])[];

const ACCOUNT = [
  ['privacy', EyeOff],
  ['devices', MonitorSmartphone],
  ['phrase', KeyRound],
  ['backup', DatabaseBackup],
] as const satisfies readonly (readonly [string, LucideIcon])[];

/** The list of settings. */
export function SettingsNav({ selected }: { selected: string | null }) {
  const { t } = useTranslation('settings');
  const self = useWhoami();
  const current = selected === 'add-device' ? 'devices' : selected;
  const rows = (pages: typeof CLIENT | typeof ACCOUNT) =>
    pages.map(([page, Sign]) => (
      <ListRow
        key={page}
        start={<Sign size={20} aria-hidden />}
        title={t(`nav.${page}`)}
        href={`#/settings/${page}`}
        selected={current === page}
      />
    ));
  return (
    <Page title={t('title')} back="#/" backAlways>
      <Section flush>
        <ListRow
          start={<Avatar name={self?.name ?? ''} color={self?.color ?? 0} size="m" />}
          title={<bdi>{self?.name ?? ''}</bdi>}
          detail={t('nav.profile')}
          href="#/settings/profile"
          selected={current === 'profile'}
        />
        <ListRow start={<QrCode size={20} aria-hidden />} title={t('nav.invite')} href="#/add" />
      </Section>
      <Section title={t('nav.account')} flush>
        {rows(ACCOUNT)}
      </Section>
      <Section title={t('nav.client')} flush>
        {rows(CLIENT)}
      </Section>
      <Section flush>
        <ListRow
          start={<VenetianMask size={20} aria-hidden />}
          title={t('nav.private')}
          detail={t('nav.privateHint')}
          onPress={openPrivate}
        />
        <ListRow
          start={<Info size={20} aria-hidden />}
          title={t('nav.about')}
          href="#/settings/about"
          selected={current === 'about'}
        />
      </Section>
    </Page>
  );
}

/** It shares nothing with this tab, not even who opened it. */
function openPrivate(): void {
  window.open(`${location.pathname}?private`, '_blank', 'noopener');
}
