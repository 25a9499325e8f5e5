import { CornerUpLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Quote } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { cx } from '../../design/cx.ts';
import { useConversation } from '../conversation-context.tsx';
import { shortLine } from '../text/spoken-text.ts';
import styles from './quote-box.module.css';

export interface QuoteBoxProps {
  readonly quote: Quote;
}

/** The message that is answered, above the answer; a press shows it where it stands. */
export function QuoteBox({ quote }: QuoteBoxProps) {
  const { t } = useTranslation('conversation');
  const { own, actions } = useConversation();
  const { position } = quote;
  const isGone = quote.from === '';
  const name = quote.from === own ? t('you') : safeLine(quote.name);
  const inside = (
    <>
      <span className={styles.name}>
        {isGone ? <CornerUpLeft aria-hidden className="mirror" /> : <bdi>{name}</bdi>}
      </span>
      <span className={cx(styles.words, (isGone || quote.text === '') && styles.gone)} dir="auto">
        {isGone ? t('quote.gone') : quote.text === '' ? t('quote.wordless') : shortLine(quote.text, 160)}
      </span>
    </>
  );
  if (isGone || position === undefined) return <div className={styles.quote}>{inside}</div>;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={cx(styles.quote, styles.pressable)}
      title={t('quote.jump')}
      onClick={() => actions.show(position)}
    >
      {inside}
    </button>
  );
}
