import { useRef } from 'react';
import { CornerUpLeft, Copy, Info, Pencil, RotateCw, SmilePlus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Menu, MenuItem, Separator } from 'react-aria-components/Menu';
import { Dialog } from 'react-aria-components/Dialog';
import type { Message } from '@sotto/engine/api';
import { cx } from '../../design/cx.ts';
import menuStyles from '../../design/menu.module.css';
import { useConversation } from '../conversation-context.tsx';
import type { Anchor } from '../conversation-context.tsx';
import { groupReactions } from '../bubble/group-reactions.ts';
import { Floating } from './floating.tsx';
import { QUICK_REACTIONS } from './quick-reactions.ts';
import { waysOf } from './ways-of.ts';
import styles from './message-menu.module.css';

export interface MessageMenuProps {
  readonly message: Message;
  readonly anchor: Anchor;
  readonly onClose: () => void;
}

const SIGNS = { reply: CornerUpLeft, edit: Pencil, copy: Copy, retry: RotateCw, info: Info, remove: Trash2 } as const;
const LABELS = {
  reply: 'actions.reply',
  edit: 'actions.edit',
  copy: 'actions.copy',
  retry: 'actions.retry',
  info: 'actions.info',
  remove: 'actions.delete',
} as const;
const KEYS: Partial<Record<keyof typeof SIGNS, string>> = { reply: 'R', edit: 'E', copy: 'Ctrl C', remove: 'Del' };

/** Everything that can be done with one message. */
export function MessageMenu({ message, anchor, onClose }: MessageMenuProps) {
  const { t } = useTranslation('conversation');
  const { actions, own, contact } = useConversation();
  const frame = useRef<HTMLDivElement>(null);
  const ways = waysOf(message, contact.status);
  const mine = groupReactions(message.reactions ?? [], own).find(({ isOwn }) => isOwn)?.emoji;
  const act = (run: () => void) => {
    onClose();
    run();
  };
  return (
    <Floating anchor={anchor} onClose={onClose}>
      <Dialog aria-label={t('actions.menu')} className={cx(styles.dialog)}>
        <div ref={frame}>
          {ways.includes('react') && (
            <div className={styles.quick} role="group" aria-label={t('actions.react')}>
              {QUICK_REACTIONS.map((emoji) => (
                <button
                  key={emoji}
                  type="button"
                  className={cx(styles.emoji, mine === emoji && styles.mine)}
                  aria-pressed={mine === emoji}
                  aria-label={t(mine === emoji ? 'actions.takeBackReaction' : 'actions.reactWith', { emoji })}
                  onClick={() => act(() => actions.react(message, emoji))}
                >
                  {emoji}
                </button>
              ))}
              <button
                type="button"
                className={styles.emoji}
                aria-label={t('actions.moreEmoji')}
                title={t('actions.moreEmoji')}
                onClick={() => act(() => actions.pickEmoji(message, anchor))}
              >
                <SmilePlus aria-hidden />
              </button>
            </div>
          )}
          <Menu aria-label={t('actions.menu')} autoFocus="first" onClose={onClose} className={cx(menuStyles.menu)}>
            {ways
              .filter((way) => way !== 'react')
              .flatMap((way) => {
                const Sign = SIGNS[way];
                const item = (
                  <MenuItem
                    key={way}
                    id={way}
                    textValue={t(LABELS[way])}
                    onAction={() => act(() => actions[way](message))}
                    className={cx(menuStyles.item, way === 'remove' && menuStyles.danger)}
                  >
                    <Sign aria-hidden className={cx(way === 'reply' && 'mirror')} />
                    <span className={menuStyles.label}>{t(LABELS[way])}</span>
                    {KEYS[way] !== undefined && <kbd className={cx(menuStyles.shortcut, styles.key)}>{KEYS[way]}</kbd>}
                  </MenuItem>
                );
                if (way !== 'remove') return [item];
                return [<Separator key="line" className={cx(menuStyles.separator)} />, item];
              })}
          </Menu>
        </div>
      </Dialog>
    </Floating>
  );
}
