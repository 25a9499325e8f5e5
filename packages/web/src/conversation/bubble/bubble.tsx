import { Ban, CircleHelp, RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Message, Said } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { useSay } from '../../app/said.ts';
import { cx } from '../../design/cx.ts';
import { useConversation } from '../conversation-context.tsx';
import { emojiOnly } from '../text/emoji-only.ts';
import { MessageText } from '../text/message-text.tsx';
import { Meta } from './meta.tsx';
import { QuoteBox } from './quote-box.tsx';
import { ReactionChips } from './reaction-chips.tsx';
import styles from './bubble.module.css';

export interface BubbleProps {
  readonly message: Message;
  readonly first: boolean;
  readonly last: boolean;
  readonly newestOwn: boolean;
}

/** What one person said. */
export function Bubble({ message, first, last, newestOwn }: BubbleProps) {
  const { content, outgoing, state, replyTo, problem, problemSaid, amendmentProblemSaid } = message;
  const { searched } = useConversation();
  const text = 'text' in content ? content.text : null;
  const isBare = text !== null && replyTo === undefined && emojiOnly(text) > 0;
  // The sign is enough for what is well and old; what is not yet there, or will not be, is said.
  const words = newestOwn || state === 'failed' || (state === 'waiting' && problem !== undefined);
  return (
    <div className={cx(styles.side, outgoing ? styles.out : styles.in)}>
      <div
        data-bubble
        className={cx(
          styles.bubble,
          first && styles.first,
          last && styles.last,
          text === null && styles.wordless,
          isBare && styles.bare,
          replyTo !== undefined && styles.answer,
          state === 'failed' && styles.failed,
        )}
      >
        {replyTo !== undefined && <QuoteBox quote={replyTo} />}
        {text === null ? <Wordless message={message} /> : <MessageText text={text} searched={searched} />}
        <Meta message={message} words={words} />
      </div>
      <ReactionChips message={message} />
      {outgoing && problem !== undefined && (
        <Problem message={message} said={problemSaid} canRetry={state === 'failed'} />
      )}
      {message.amendmentProblem !== undefined && <Problem message={message} said={amendmentProblemSaid} canRetry />}
    </div>
  );
}

function Wordless({ message }: { readonly message: Message }) {
  const { t } = useTranslation('conversation');
  const isDeleted = 'deleted' in message.content;
  const Sign = isDeleted ? Ban : CircleHelp;
  const words = !isDeleted
    ? t('placeholder.unknown')
    : message.outgoing
      ? t('placeholder.deletedOwn')
      : t('placeholder.deleted', { name: safeLine(message.name) });
  return (
    <span className={styles.placeholder}>
      <Sign aria-hidden /> <span>{words}</span>
    </span>
  );
}

interface ProblemProps {
  readonly message: Message;
  readonly said: readonly Said[] | undefined;
  readonly canRetry: boolean;
}

function Problem({ message, said, canRetry }: ProblemProps) {
  const { t } = useTranslation('conversation');
  const { actions } = useConversation();
  const say = useSay();
  return (
    <div className={cx(styles.problem, message.state !== 'failed' && !canRetry && styles.waits)}>
      <span>{say(said) ?? t('undelivered')}</span>
      {canRetry && (
        <button type="button" className={styles.retry} onClick={() => actions.retry(message)}>
          <RotateCw aria-hidden /> {t('retry')}
        </button>
      )}
    </div>
  );
}
