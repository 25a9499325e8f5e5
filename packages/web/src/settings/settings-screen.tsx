import { lazy, Suspense, useRef } from 'react';
import type { ComponentType } from 'react';
import { Spinner } from '../design/spinner.tsx';
import { SettingsBack } from './settings-page.tsx';
import { SettingsNav } from './settings-nav.tsx';
import styles from './settings-screen.module.css';
import { useIsWide } from './use-is-wide.ts';

interface SettingsScreenProps {
  /** What stands behind `#/settings/`; null: nothing. */
  readonly page: string | null;
}

/** From this width on the list of pages stands beside the page. */
const WIDE_PX = 720;

const PAGES: Readonly<Record<string, ComponentType>> = {
  profile: lazy(() => import('./profile-page.tsx')),
  appearance: lazy(() => import('./appearance-page.tsx')),
  privacy: lazy(() => import('./privacy-page.tsx')),
  notifications: lazy(() => import('./notifications/notifications-page.tsx')),
  lock: lazy(() => import('./lock/lock-page.tsx')),
  devices: lazy(() => import('./devices/devices-page.tsx')),
  'add-device': lazy(() => import('../linking/approve-screen.tsx')),
  phrase: lazy(() => import('./phrase-page.tsx')),
  backup: lazy(() => import('../backup/backup-page.tsx')),
  storage: lazy(() => import('./storage-page.tsx')),
  about: lazy(() => import('./about/about-page.tsx')),
};
const FIRST = 'profile';

/** All settings: a list and its pages, side by side where there is room. */
function SettingsScreen({ page }: SettingsScreenProps) {
  const frame = useRef<HTMLDivElement>(null);
  const isWide = useIsWide(frame, WIDE_PX);
  const known = page !== null && Object.hasOwn(PAGES, page) ? page : null;
  const shown = known ?? (isWide ? FIRST : null);
  const Shown = shown === null ? null : PAGES[shown];
  return (
    <div ref={frame} className={styles.frame}>
      {(isWide || shown === null) && (
        <div className={isWide ? styles.nav : styles.whole}>
          <SettingsNav selected={shown} />
        </div>
      )}
      {Shown !== null && Shown !== undefined && (
        <div className={styles.whole}>
          <SettingsBack value={isWide ? null : '#/settings'}>
            <Suspense
              fallback={
                <div className={styles.loading}>
                  <Spinner />
                </div>
              }
            >
              <Shown key={shown} />
            </Suspense>
          </SettingsBack>
        </div>
      )}
    </div>
  );
}

export default SettingsScreen;
