import { memo, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { safeText } from '@sotto/engine/text';
import { cx } from '../../design/cx.ts';
import { emojiOnly } from './emoji-only.ts';
import { markedWords } from './marked-words.ts';
import { parseText } from './parse-text.ts';
import { shortened } from './shortened.ts';
import styles from './message-text.module.css';

export interface MessageTextProps {
  /** As its author wrote it. */
  readonly text: string;
  /** Words to mark; empty: none. */
  readonly searched: string;
}

/** The longest that is looked at, in UTF-16 units; more is cut before anything else is done with it. */
const MAX_LENGTH = 2_000_000;

/** What somebody wrote. It steers nothing: no markup, no direction beyond its own, no letter outside of its place. */
export const MessageText = memo(function MessageText({ text, searched }: MessageTextProps) {
  const { t } = useTranslation('conversation');
  const [asked, setAsked] = useState(0);
  const emoji = emojiOnly(text);
  const { parts, isWhole } = useMemo(() => {
    // Cut first: what is made safe is never longer than what is shown of it, by much.
    const cut = shortened(text.slice(0, MAX_LENGTH), asked);
    return { parts: parseText(safeText(cut.text).replace(/^\n+|\s+$/gu, '')), isWhole: cut.isWhole };
  }, [text, asked]);
  return (
    <div className={cx(styles.text, emoji > 0 && styles.emoji, emoji > 3 && styles.many)} dir="auto">
      {parts.map((part, index) => {
        if (!('href' in part)) return <Words key={index} text={part.text} searched={searched} />;
        return (
          <bdi key={index}>
            <a
              className={styles.link}
              href={part.href}
              target="_blank"
              rel="noopener noreferrer"
              title={part.leadsTo ?? part.href}
              draggable={false}
            >
              <Words text={part.text} searched={searched} />
            </a>
            {part.leadsTo !== undefined && (
              <span className={styles.warning}> {t('leadsTo', { host: part.leadsTo })}</span>
            )}
          </bdi>
        );
      })}
      {!isWhole && (
        <>
          {'… '}
          <button type="button" className={styles.more} onClick={() => setAsked((count) => count + 1)}>
            {t('showMore')}
          </button>
        </>
      )}
    </div>
  );
});

function Words({ text, searched }: MessageTextProps) {
  if (searched === '') return text;
  return markedWords(text, searched).map((part, index) =>
    part.isMarked ? (
      <mark key={index} className={styles.mark}>
        {part.text}
      </mark>
    ) : (
      part.text
    ),
  );
}
