import { Check, CheckCheck, CircleAlert, Clock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MessageState } from '@sotto/engine/api';
import { cx } from '../design/cx.ts';
import styles from './state-sign.module.css';

export interface StateSignProps {
  readonly state: MessageState;
}

const SIGNS = {
  waiting: Clock,
  sent: Check,
  stored: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
};

/** How far an own message is, small. */
export function StateSign({ state }: StateSignProps) {
  const { t } = useTranslation('app');
  const Sign = SIGNS[state];
  return (
    <span className={cx(styles.sign, styles[state])}>
      <Sign aria-hidden />
      <span className="only-heard">{t(`state.${state}`)}</span>
    </span>
  );
}
