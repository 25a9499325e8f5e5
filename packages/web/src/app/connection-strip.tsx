import { useEffect, useState } from 'react';
import { CloudOff, RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../design/cx.ts';
import { Spinner } from '../design/spinner.tsx';
import { useConnection, useEngineFailure } from '../state/connection.ts';
import { useErrorText } from './errors.ts';
import { useSay } from './said.ts';
import styles from './connection-strip.module.css';

/** A short way to the node is not worth a word. */
const PATIENCE_MS = 1500;

/** Above everything, while what is written waits: that it does, why, and what happens to it. */
export function ConnectionStrip() {
  const { t, i18n } = useTranslation('app');
  const connection = useConnection();
  const failure = useEngineFailure();
  const errorText = useErrorText();
  const say = useSay();
  const connecting = connection?.state === 'connecting';
  const patient = usePatience(connecting);
  if (failure !== null) {
    return (
      <div className={cx(styles.strip, styles.offline)} role="alert">
        <CloudOff aria-hidden />
        <span className={styles.words}>{errorText(failure)}</span>
        <button type="button" className={styles.again} onClick={() => location.reload()}>
          <RotateCw aria-hidden /> {t('connection.reload')}
        </button>
      </div>
    );
  }
  if (connection === null || connection.state === 'online' || (connecting && patient)) return null;
  const { waiting } = connection;
  return (
    <div className={cx(styles.strip, connecting ? styles.connecting : styles.offline)} role="status">
      {connecting ? <Spinner size="s" /> : <CloudOff aria-hidden />}
      <span className={styles.words}>
        <strong>{t(connecting ? 'connection.connecting' : 'connection.offline')}</strong>{' '}
        {!connecting && (say(connection.said) ?? t('connection.unreachable'))}{' '}
        {waiting > 0
          ? t('connection.waiting', { count: waiting, number: waiting.toLocaleString(i18n.language) })
          : t('connection.willWait')}
      </span>
    </div>
  );
}

function usePatience(asked: boolean): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (!asked) return undefined;
    const timer = setTimeout(() => setOver(true), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      setOver(false);
    };
  }, [asked]);
  return !over;
}
