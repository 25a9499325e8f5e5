import { CircleUserRound, Download, EyeOff, Keyboard, Lock, Settings, UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button as AriaButton } from 'react-aria-components/Button';
import { navigate } from '../app/router.ts';
import { useErrorText } from '../app/errors.ts';
import { Avatar } from '../design/avatar.tsx';
import { cx } from '../design/cx.ts';
import { IconButton } from '../design/icon-button.tsx';
import { Menu } from '../design/menu.tsx';
import type { MenuAction } from '../design/menu.tsx';
import { toast } from '../design/toast.tsx';
import { useInstall } from '../pwa/use-install.ts';
import { useIsPrivate, useProfile, useProfileState, useSwitchProfile } from '../state/profile-context.tsx';
import { useWhoami } from '../state/whoami.ts';
import { PrivateMark } from './private-mark.tsx';
import styles from './list-header.module.css';

export interface ListHeaderProps {
  readonly onHelp: () => void;
}

/** Who one is, and the way to everything that is not a conversation. */
export function ListHeader({ onHelp }: ListHeaderProps) {
  const { t } = useTranslation('app');
  const whoami = useWhoami();
  const profile = useProfile();
  const state = useProfileState();
  const isPrivate = useIsPrivate();
  const switchTo = useSwitchProfile();
  const errorText = useErrorText();
  const offer = useInstall();
  const canLock = state.kind === 'open' && state.protection === 'passphrase';
  const lock = () => {
    profile.lock().catch((error: unknown) => toast({ text: errorText(error), tone: 'danger' }));
  };
  const actions: readonly MenuAction[] = [
    {
      id: 'profile',
      label: t('menu.profile'),
      icon: <CircleUserRound aria-hidden />,
      onAction: () => navigate('#/settings/profile'),
    },
    {
      id: 'settings',
      label: t('menu.settings'),
      icon: <Settings aria-hidden />,
      onAction: () => navigate('#/settings'),
    },
    { id: 'add', label: t('list.add'), icon: <UserPlus aria-hidden />, onAction: () => navigate('#/add') },
    { id: 'keys', label: t('shortcuts.title'), icon: <Keyboard aria-hidden />, onAction: onHelp },
    ...(offer.available
      ? [
          {
            id: 'install',
            label: t('menu.install'),
            icon: <Download aria-hidden />,
            onAction: () => void offer.install().catch(() => undefined),
          },
        ]
      : []),
    ...(canLock
      ? [{ id: 'lock', label: t('menu.lock'), icon: <Lock aria-hidden />, separated: true, onAction: lock }]
      : []),
    {
      id: 'private',
      label: t(isPrivate ? 'menu.leavePrivate' : 'menu.private'),
      icon: <EyeOff aria-hidden />,
      separated: true,
      onAction: () => switchTo(isPrivate ? 'kept' : 'private'),
    },
  ];
  return (
    <header className={styles.header}>
      <h1 className="only-heard">{t('name')}</h1>
      <Menu label={t('menu.label')} actions={actions} placement="bottom start">
        <AriaButton className={cx(styles.self)}>
          <Avatar name={whoami?.name ?? ''} color={whoami?.color ?? 0} size="s" />
          <bdi className={styles.name}>{whoami?.name ?? ''}</bdi>
          <span className="only-heard">{t('menu.open')}</span>
        </AriaButton>
      </Menu>
      {isPrivate && <PrivateMark />}
      <span className={styles.space} />
      <IconButton
        label={t('list.add')}
        shortcut="Alt+N"
        icon={<UserPlus aria-hidden />}
        onPress={() => navigate('#/add')}
      />
    </header>
  );
}
