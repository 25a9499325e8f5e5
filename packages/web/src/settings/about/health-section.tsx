import { CircleCheck, TriangleAlert, Wrench } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DoctorCheck } from '@sotto/engine/api';
import { useSay } from '../../app/said.ts';
import { Banner } from '../../design/banner.tsx';
import { Button } from '../../design/button.tsx';
import { ListRow } from '../../design/list-row.tsx';
import { Section } from '../../design/page.tsx';
import { toast } from '../../design/toast.tsx';
import { useEngine } from '../../state/profile-context.tsx';
import { useTask } from '../use-task.ts';
import styles from './health-section.module.css';

/** What the doctor looks at, in the order it tells. */
const CHECKS = [
  'identity',
  'database',
  'lock',
  'disk',
  'backup',
  'search',
  'storage',
  'node',
  'clock',
  'keys',
  'sessions',
  'waiting',
] as const;

const isCheckName = (name: string): name is (typeof CHECKS)[number] => CHECKS.some((one) => one === name);

/** The checks of `sotto doctor`, in this browser. */
export function HealthSection() {
  const { t } = useTranslation('settings');
  const engine = useEngine();
  const [checks, setChecks] = useState<readonly DoctorCheck[] | null>(null);
  const checking = useTask();
  const repairing = useTask();
  const say = useSay();
  const problem = checking.problem ?? repairing.problem;
  const look = async (): Promise<void> => {
    const { checks: found } = await engine.doctor({});
    setChecks(found);
  };
  const repair = async (): Promise<void> => {
    const { restarted } = await engine.repair({});
    toast({ text: t('about.repaired', { count: restarted }) });
  };
  return (
    <Section title={t('about.checks')}>
      {checks !== null && (
        <ul className={styles.checks}>
          {checks.map(({ name, ok, foundSaid, adviceSaid }) => (
            <li key={name} className={styles.check}>
              {ok ? (
                <CircleCheck size={18} className={styles.ok} aria-label={t('about.ok')} />
              ) : (
                <TriangleAlert size={18} className={styles.look} aria-label={t('about.look')} />
              )}
              <span>
                {t(`about.checkNames.${isCheckName(name) ? name : 'other'}`)}:{' '}
                {say(foundSaid) ?? t('about.checkUnsaid')}
                {adviceSaid !== undefined && <span className={styles.advice}>{say(adviceSaid)}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      {checks?.every(({ ok }) => ok) === true && (
        <Banner tone="good" live="status">
          {t('about.allFine')}
        </Banner>
      )}
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
      <div>
        <Button busy={checking.busy} onPress={() => void checking.run(look)}>
          {checks === null ? t('about.check') : t('about.checkAgain')}
        </Button>
      </div>
      <ListRow
        start={<Wrench size={20} aria-hidden />}
        title={t('about.repair')}
        detail={t('about.repairHint')}
        disabled={repairing.busy}
        onPress={() => void repairing.run(repair)}
      />
    </Section>
  );
}
