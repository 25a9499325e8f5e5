import { CornerUpLeft, Pencil, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@sotto/engine/api';
import { IconButton } from '../../design/icon-button.tsx';
import { shortLine, textOf } from '../text/spoken-text.ts';
import { safeLine } from '@sotto/engine/text';
import styles from './about-bar.module.css';

export interface AboutBarProps {
  /** The message that is answered or changed; null: it is not among those that are held. */
  readonly message: Message | null;
  readonly isEdit: boolean;
  readonly onLeave: () => void;
  readonly onShow: (position: number) => void;
}

/** Above the field: which message one answers or changes. */
export function AboutBar({ message, isEdit, onLeave, onShow }: AboutBarProps) {
  const { t } = useTranslation('conversation');
  const Sign = isEdit ? Pencil : CornerUpLeft;
  const title = isEdit
    ? t('composer.editing')
    : message?.outgoing === true
      ? t('composer.replyToYou')
      : t('composer.replyTo', { name: safeLine(message?.name ?? '') });
  const words = message === null ? '' : shortLine(textOf(message) ?? '', 160);
  return (
    <div className={styles.bar}>
      <Sign aria-hidden className="mirror" />
      <button
        type="button"
        className={styles.words}
        disabled={message === null}
        onClick={() => {
          if (message !== null) onShow(message.position);
        }}
      >
        <span className={styles.title}>{title}</span>
        <span className={styles.text} dir="auto">
          {words}
        </span>
      </button>
      <IconButton
        size="s"
        label={t(isEdit ? 'composer.cancelEdit' : 'composer.cancelReply')}
        shortcut="Esc"
        icon={<X aria-hidden />}
        onPress={onLeave}
      />
    </div>
  );
}
