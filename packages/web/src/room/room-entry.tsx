import { Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { safeLine } from '@sotto/engine/text';
import { useRoute } from '../app/router.ts';
import { Badge } from '../design/badge.tsx';
import { ListRow } from '../design/list-row.tsx';
import { formatNumber } from '../i18n/format.ts';
import { useConnection } from '../state/connection.ts';
import { usePresent, useRoomLines, useUnseenLines } from './use-room-state.ts';
import styles from './room-entry.module.css';

/** The way to who is here, where the node tells it; in a private room to what is said there as well. */
export function RoomEntry() {
  const { t, i18n } = useTranslation('room');
  const route = useRoute();
  const isRoom = useConnection()?.room === true;
  const others = usePresent();
  const newest = useRoomLines().findLast(({ kind }) => kind === 'said');
  const unseen = useUnseenLines();
  if (others === null) return null;
  const names = others.map(({ name }) => name).join(', ');
  const detail =
    isRoom && newest !== undefined && unseen > 0
      ? t('saidLine', { name: newest.name, text: safeLine(newest.text).slice(0, 200) })
      : names;
  return (
    <div className={styles.entry}>
      <ListRow
        href="#/room"
        oneLine
        start={<Users aria-hidden />}
        title={t(isRoom ? 'room' : 'here')}
        detail={detail === '' ? t(isRoom ? 'nobody' : 'nobodyShown') : detail}
        end={
          unseen > 0 && (
            <Badge label={t('unseen', { count: unseen })}>{formatNumber(i18n.language, Math.min(unseen, 99))}</Badge>
          )
        }
        selected={route.screen === 'room'}
      />
    </div>
  );
}
