import { Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Said } from '@sotto/engine/api';
import { FrontPage } from '../app/front-page.tsx';
import { useSay } from '../app/said.ts';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { ProgressBar } from '../design/progress-bar.tsx';
import { Spinner } from '../design/spinner.tsx';
import { toast } from '../design/toast.tsx';
import { QrPicture } from '../qr/qr-picture.tsx';
import { clockWords } from './countdown.ts';
import styles from './linking.module.css';
import { useJoin } from './use-join.ts';
import { useNow } from './use-now.ts';

interface JoinCodeProps {
  readonly name: string;
  readonly onBack: () => void;
  /** Another code. */
  readonly onRenew: () => void;
}

/** The code of this new device, as a picture and as text, until another device has read it. */
export function JoinCode({ name, onBack, onRenew }: JoinCodeProps) {
  const { t } = useTranslation('linking');
  const state = useJoin(name);
  const now = useNow();
  const isOver = state.kind === 'code' && state.expires <= now;
  return (
    <FrontPage
      title={t('join.title')}
      onBack={onBack}
      {...(state.kind === 'code' && !isOver ? { lead: t('join.intro') } : {})}
    >
      <div className={styles.center} aria-live="polite">
        {state.kind === 'connecting' && (
          <>
            <Spinner />
            <Connecting problem={state.problem} />
            <Button onPress={onBack}>{t('join.cancel')}</Button>
          </>
        )}
        {state.kind === 'code' && !isOver && <Code code={state.code} leftMs={state.expires - now} onBack={onBack} />}
        {isOver && (
          <Banner
            title={t('join.expired')}
            actions={
              <Button variant="primary" onPress={onRenew} autoFocus>
                {t('join.renew')}
              </Button>
            }
          >
            {t('join.expiredText')}
          </Banner>
        )}
        {state.kind === 'approved' && (
          <>
            <p>{t('join.approved')}</p>
            <p className={styles.mono}>
              <bdi>{state.address}</bdi>
            </p>
            <ProgressBar
              label={t('join.title')}
              hideLabel
              value={state.contacts?.done ?? null}
              max={state.contacts?.total ?? 100}
              valueText={state.contacts === null ? '' : t('join.contacts', state.contacts)}
            />
          </>
        )}
        {state.kind === 'failed' && (
          <Banner
            tone="danger"
            live="alert"
            title={t('join.failedTitle')}
            actions={
              <Button variant="primary" onPress={onRenew} autoFocus>
                {t('join.renew')}
              </Button>
            }
          >
            {state.text}
          </Banner>
        )}
      </div>
    </FrontPage>
  );
}

function Connecting({ problem }: { problem: readonly Said[] | null }) {
  const { t } = useTranslation('linking');
  const say = useSay();
  const words = problem === null ? null : (say(problem) ?? t('join.unreachable'));
  return <p>{words === null ? t('join.connecting') : t('join.problem', { problem: words })}</p>;
}

function Code({ code, leftMs, onBack }: { code: string; leftMs: number; onBack: () => void }) {
  const { t } = useTranslation('linking');
  const copy = (): void => {
    navigator.clipboard.writeText(code).then(
      () => toast({ text: t('join.copied') }),
      () => undefined,
    );
  };
  return (
    <>
      <QrPicture text={code} label={t('join.qr')} />
      <p className={styles.time}>{t('join.expires', { time: clockWords(leftMs) })}</p>
      <Banner tone="warn">{t('join.secret')}</Banner>
      <textarea
        className={styles.code}
        readOnly
        rows={3}
        dir="ltr"
        value={code}
        aria-label={t('join.text')}
        onFocus={(event) => event.currentTarget.select()}
      />
      <div className={styles.buttons}>
        <Button onPress={onBack}>{t('join.cancel')}</Button>
        <Button icon={<Copy size={18} aria-hidden />} onPress={copy}>
          {t('join.copy')}
        </Button>
      </div>
      <p className={styles.soft}>{t('join.waiting')}</p>
    </>
  );
}
