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

type Shown = Pick<Message, 'state' | 'storedOn' | 'storedOf'>;

export function useStateWords(): (message: Shown) => string {
  const { t } = useTranslation('conversation');
  return ({ state, storedOn, storedOf = 1 }) => {
    if (state !== 'stored') return t(`state.${state}`);
    return storedOf > 1
      ? t('state.storedOf', { stored: storedOn, of: storedOf })
      : t('state.stored', { count: storedOn });
  };
}

export interface StateSignProps {
  readonly message: Shown;
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
