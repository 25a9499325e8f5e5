import { useEffect } from 'react';
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import page from '../design/page.module.css';
import { useHeadingFocus } from '../design/use-heading-focus.ts';
import { useConnection } from '../state/connection.ts';
import { useEngine } from '../state/profile-context.tsx';
import { useSession } from '../state/session.tsx';
import { useWhoami } from '../state/whoami.ts';
import { PeopleHere } from './people-here.tsx';
import { RoomComposer } from './room-composer.tsx';
import { RoomLines } from './room-lines.tsx';
import { usePresent } from './use-room-state.ts';
import styles from './room-screen.module.css';

/** Who is at the node now; in a private room also what is said to everybody there, which nobody keeps. */
function RoomScreen() {
  const { t } = useTranslation('room');
  const heading = useHeadingFocus();
  const others = usePresent();
  const isRoom = useConnection()?.room === true;
  const { room } = useSession();
  const engine = useEngine();
  const isHidden = useWhoami()?.listed === false;
  useEffect(() => {
    const look = () => room.getState().look(document.visibilityState === 'visible');
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      room.getState().look(false);
    };
  }, [room]);
  useEffect(() => {
    if (isRoom) return;
    // Of other nodes nobody is told who comes and goes.
    engine.present({}).then(room.getState().setPresent, () => undefined);
  }, [engine, room, isRoom]);
  const title = t(isRoom ? 'room' : 'here');
  return (
    <section className={page.page} aria-label={title}>
      <header className={page.bar}>
        <a href="#/" className={page.back} aria-label={t('back', { ns: 'app' })}>
          <ArrowLeft aria-hidden className="mirror" />
        </a>
        <div className={styles.words}>
          <h1 ref={heading} tabIndex={-1} className={styles.title}>
            {title}
          </h1>
          {others !== null && (
            <p className={styles.count}>
              {others.length === 0 ? t(isRoom ? 'nobody' : 'nobodyShown') : t('count', { count: others.length })}
            </p>
          )}
        </div>
      </header>
      {others === null ? (
        <p className={styles.means}>{t('away')}</p>
      ) : (
        <>
          {others.length > 0 && <PeopleHere people={others} asList={!isRoom} />}
          <p className={styles.means}>{t(isRoom ? 'means' : 'meansHere')}</p>
          {!isRoom && isHidden && (
            <p className={styles.means}>
              {t('hidden')} <a href="#/settings/privacy">{t('show')}</a>
            </p>
          )}
        </>
      )}
      {isRoom && (
        <>
          <RoomLines />
          <RoomComposer />
        </>
      )}
    </section>
  );
}

export default RoomScreen;
