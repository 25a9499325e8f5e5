import { memo, useState } from 'react';
import { ArrowLeft, BadgeCheck, Ban, EllipsisVertical, Info, Search, Timer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { hrefOf, navigate } from '../../app/router.ts';
import { Avatar } from '../../design/avatar.tsx';
import { IconButton } from '../../design/icon-button.tsx';
import { SignButton } from '../../design/sign-button.tsx';
import { Menu } from '../../design/menu.tsx';
import type { MenuAction } from '../../design/menu.tsx';
import { useConversation } from '../conversation-context.tsx';
import { useChangeStatus } from '../composer/closed-bars.tsx';
import { durationWords } from '../text/duration-words.ts';
import { safeLine } from '@sotto/engine/text';
import { BlockDialog } from './block-dialog.tsx';
import { TimerDialog } from './timer-dialog.tsx';
import styles from './header.module.css';

export interface HeaderProps {
  readonly onSearch: () => void;
}

/** With whom one talks, and what can be done about it. Not drawn anew for each key of what is being written. */
export const Header = memo(function Header({ onSearch }: HeaderProps) {
  const { t, i18n } = useTranslation('conversation');
  const { contact } = useConversation();
  const change = useChangeStatus();
  const [dialog, setDialog] = useState<'timer' | 'block' | null>(null);
  const { address, color, verified, typing, timer, status } = contact;
  const name = safeLine(contact.name);
  const infoHref = hrefOf({ screen: 'contact', address });
  const isBlocked = status === 'blocked';
  const actions: MenuAction[] = [
    { id: 'info', label: t('header.info', { name }), icon: <Info aria-hidden />, onAction: () => navigate(infoHref) },
    { id: 'search', label: t('header.search'), icon: <Search aria-hidden />, onAction: onSearch },
    {
      id: 'timer',
      label: t('header.setTimer'),
      icon: <Timer aria-hidden />,
      disabled: status !== 'accepted',
      onAction: () => setDialog('timer'),
    },
    {
      id: 'block',
      label: t(isBlocked ? 'header.unblock' : 'header.block'),
      icon: <Ban aria-hidden />,
      danger: !isBlocked,
      separated: true,
      onAction: () => (isBlocked ? void change('accepted') : setDialog('block')),
    },
  ];
  return (
    <header className={styles.header}>
      <a href="#/" className={styles.back} aria-label={t('header.back')}>
        <ArrowLeft aria-hidden className="mirror" />
      </a>
      <a href={infoHref} className={styles.who} title={t('header.info', { name })}>
        <Avatar name={name} color={color} size="s" />
        <span className={styles.words}>
          <span className={styles.title}>
            <h1>
              <bdi>{name}</bdi>
            </h1>
            {verified && (
              <span className={styles.verified} title={t('header.verified')}>
                <BadgeCheck aria-hidden />
                <span className="only-heard">{t('header.verified')}</span>
              </span>
            )}
          </span>
          {typing && (
            <span className={styles.detail}>
              {t('header.typing')}
              <span className={styles.dots} aria-hidden>
                <i />
                <i />
                <i />
              </span>
            </span>
          )}
        </span>
      </a>
      {timer > 0 && (
        <button
          type="button"
          className={styles.timer}
          disabled={status !== 'accepted'}
          title={t('header.timer', { time: durationWords(i18n.language, timer) })}
          onClick={() => setDialog('timer')}
        >
          <Timer aria-hidden />
          <span aria-hidden>{durationWords(i18n.language, timer, 'narrow')}</span>
          <span className="only-heard">{t('header.timer', { time: durationWords(i18n.language, timer) })}</span>
        </button>
      )}
      <span className={styles.wide}>
        <IconButton label={t('header.search')} shortcut="Ctrl F" icon={<Search aria-hidden />} onPress={onSearch} />
      </span>
      <Menu label={t('header.menu')} actions={actions}>
        <SignButton label={t('header.menu')} icon={<EllipsisVertical aria-hidden />} />
      </Menu>
      <TimerDialog isOpen={dialog === 'timer'} onClose={() => setDialog(null)} />
      <BlockDialog isOpen={dialog === 'block'} onClose={() => setDialog(null)} />
    </header>
  );
});
