import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Connection } from '@sotto/engine/api';
import { useSay } from '../../app/said.ts';
import { checkBuild } from '../../integrity/check-build.ts';
import type { BuildCheck } from '../../integrity/check-build.ts';
import { Banner } from '../../design/banner.tsx';
import { ListRow } from '../../design/list-row.tsx';
import { Mark } from '../../design/mark.tsx';
import { Section } from '../../design/page.tsx';
import { CopyIcon } from '../../people/invite-card.tsx';
import { useConnection } from '../../state/connection.ts';
import { SettingsPage } from '../settings-page.tsx';
import { version } from '../version.ts';
import styles from './about-page.module.css';
import { HealthSection } from './health-section.tsx';
import { LICENCES } from './licences.ts';

/** What this is, which build it is, and whether all is well. */
function AboutPage() {
  const { t } = useTranslation('settings');
  const connection = useConnection();
  const say = useSay();
  return (
    <SettingsPage title={t('nav.about')}>
      <div className={styles.head}>
        <Mark size={56} name />
        <p>{t('about.version', { version })}</p>
        <p className={styles.soft}>{t('about.text')}</p>
      </div>
      <Section flush>
        {connection !== null && (
          <>
            <NodeRow connection={connection} />
            <ListRow
              title={t('about.connection')}
              detail={say(connection.said) ?? t(`about.state.${connection.state}`)}
            />
          </>
        )}
      </Section>
      <BuildSection />
      <HealthSection />
      <Section title={t('about.licences')} flush>
        <div className={styles.licences}>
          <p className={styles.soft}>{t('about.licencesText')}</p>
          <ul className={styles.list}>
            {LICENCES.map(([name, licence]) => (
              <li key={name}>
                <span>{name}</span> <span className={styles.soft}>{licence}</span>
              </li>
            ))}
          </ul>
        </div>
      </Section>
    </SettingsPage>
  );
}

/** Of several nodes the one that this device is connected to; which of them it is makes no difference to what one does. */
function NodeRow({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation('settings');
  const { node, homes = 1, attached } = connection;
  return (
    <ListRow
      title={t('about.node')}
      detail={
        <>
          <bdi>{attached?.node ?? node}</bdi>
          {homes > 1 && <span className={styles.homes}>{t('about.homes', { count: homes })}</span>}
        </>
      }
    />
  );
}

/** Whether the page is what its node publishes. */
function BuildSection() {
  const { t } = useTranslation('settings');
  const [check, setCheck] = useState<BuildCheck | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void checkBuild().then((result) => {
      if (isCurrent) setCheck(result);
    });
    return () => {
      isCurrent = false;
    };
  }, []);
  const words = {
    same: t('about.buildSame'),
    different: t('about.buildDifferent'),
    unreachable: t('about.buildUnknown'),
  };
  const tones = { same: 'good', different: 'danger', unreachable: 'info' } as const;
  return (
    <Section title={t('about.build')} description={t('about.buildMeaning')}>
      <Banner tone={check === null ? 'info' : tones[check.state]} live="status">
        {check === null ? t('about.buildChecking') : words[check.state]}
      </Banner>
      {check?.hash !== null && check !== null && (
        <ListRow
          title={t('about.buildHash')}
          detail={<bdi className={styles.mono}>{check.hash}</bdi>}
          end={<CopyIcon text={check.hash} label={t('about.copyHash')} done={t('about.copied')} />}
        />
      )}
    </Section>
  );
}

export default AboutPage;
