import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device, EngineEvent } from '@sotto/engine/api';
import { navigate } from '../app/router.ts';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Section } from '../design/page.tsx';
import { ProgressBar } from '../design/progress-bar.tsx';
import { useTask } from '../settings/use-task.ts';
import { useEngine, useEngineEvents } from '../state/profile-context.tsx';
import styles from './linking.module.css';

interface ApprovedProps {
  readonly device: Device;
  readonly withHistory: boolean;
}

/** The device is in the account; its history is on the way, and can be stopped. */
export function Approved({ device, withHistory }: ApprovedProps) {
  const { t } = useTranslation('linking');
  const engine = useEngine();
  const [sent, setSent] = useState<{ done: number; total: number } | null>(null);
  const [stopped, setStopped] = useState(false);
  const { busy, problem, run } = useTask();
  const number = device.device;
  useEngineEvents(
    useCallback(
      (event: EngineEvent) => {
        if (event.type === 'link' && event.device === number) setSent({ done: event.done, total: event.total });
      },
      [number],
    ),
  );
  const isDone = sent !== null && sent.done >= sent.total;
  const stop = async (): Promise<void> => {
    await engine.cancelHistory({ device: number });
    setStopped(true);
  };
  const name = device.name === '' ? t('approve.noName') : device.name;
  return (
    <>
      <Banner tone="good" title={t('approve.done', { name })} live="status">
        {t('approve.doneText')}
      </Banner>
      {withHistory && stopped && <Banner live="status">{t('approve.stopped')}</Banner>}
      {withHistory && isDone && !stopped && (
        <Banner tone="good" live="status">
          {t('approve.historyDone')}
        </Banner>
      )}
      {withHistory && !isDone && !stopped && (
        <Section description={t('approve.sendingText')}>
          <ProgressBar
            label={t('approve.sending')}
            value={sent?.done ?? null}
            max={sent?.total ?? 100}
            valueText={sent === null ? '' : t('approve.parts', sent)}
          />
          <div className={styles.buttons}>
            <Button busy={busy} onPress={() => void run(stop)}>
              {t('approve.stopHistory')}
            </Button>
          </div>
        </Section>
      )}
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
      <div className={styles.buttons}>
        <Button variant="primary" autoFocus onPress={() => navigate('#/settings/devices', { replace: true })}>
          {t('approve.finish')}
        </Button>
      </div>
    </>
  );
}
