import { useTranslation } from 'react-i18next';
import type { Message } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { cx } from '../../design/cx.ts';
import { useConversation } from '../conversation-context.tsx';
import { groupReactions } from './group-reactions.ts';
import styles from './reaction-chips.module.css';

export interface ReactionChipsProps {
  readonly message: Message;
}

/** Who reacted with what; a press does the same, or takes the own one back. */
export function ReactionChips({ message }: ReactionChipsProps) {
  const { t, i18n } = useTranslation('conversation');
  const { own, actions } = useConversation();
  const groups = groupReactions(message.reactions ?? [], own);
  if (groups.length === 0) return null;
  return (
    <div className={styles.chips}>
      {groups.map(({ emoji, names, isOwn }) => {
        const all = [...(isOwn ? [t('you')] : []), ...names.map((name) => safeLine(name))];
        const list = new Intl.ListFormat(i18n.language).format(all);
        const said = t('reactions.by', { emoji, names: list });
        const hint = t(isOwn ? 'reactions.takeBack' : 'reactions.add');
        return (
          <button
            key={emoji}
            type="button"
            tabIndex={-1}
            className={cx(styles.chip, isOwn && styles.own)}
            aria-pressed={isOwn}
            title={list}
            onClick={() => actions.react(message, emoji)}
          >
            <span className="only-heard">{`${said}. ${hint}`}</span>
            <span className={styles.emoji} aria-hidden>
              {emoji}
            </span>
            {all.length > 1 && (
              <span className={styles.count} aria-hidden>
                {all.length}
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}
