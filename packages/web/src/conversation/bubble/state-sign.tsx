import { ArrowUp, Check, CheckCheck, CircleAlert, Clock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@sotto/engine/api';
import { cx } from '../../design/cx.ts';
import styles from './meta.module.css';

const SIGNS = {
  waiting: Clock,
  sent: ArrowUp,
  stored: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
};

export function useStateWords(): (message: Pick<Message, 'state' | 'storedOn'>) => string {
  const { t } = useTranslation('conversation');
  return ({ state, storedOn }) => (state === 'stored' ? t('state.stored', { count: storedOn }) : t(`state.${state}`));
}

export interface StateSignProps {
  readonly message: Pick<Message, 'state' | 'storedOn'>;
  /** Says it in words beside the sign. */
  readonly words: boolean;
}

/** What is true of an own message: where it is by now. */
export function StateSign({ message, words }: StateSignProps) {
  const stateWords = useStateWords()(message);
  const Sign = SIGNS[message.state];
  return (
    <span className={cx(styles.state, styles[message.state])} title={stateWords}>
      {words && <span>{stateWords}</span>}
      <Sign aria-hidden className={styles.sign} />
      {!words && <span className="only-heard">{stateWords}</span>}
    </span>
  );
}
