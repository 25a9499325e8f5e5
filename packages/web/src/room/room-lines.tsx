import { useLayoutEffect, useRef } from 'react';
import { Megaphone } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { safeText } from '@sotto/engine/text';
import { cx } from '../design/cx.ts';
import { formatTime } from '../i18n/format.ts';
import type { RoomLine } from '../state/room-store.ts';
import { useContact } from '../state/contacts.ts';
import { useWhoami } from '../state/whoami.ts';
import { useRoomLines } from './use-room-state.ts';
import styles from './room-lines.module.css';

/** So far from the end counts as being there. */
const NEAR_PX = 80;

/** What was said in the room since one is there, the newest last; it stays at the end unless one has scrolled up. */
export function RoomLines() {
  const { t } = useTranslation('room');
  const lines = useRoomLines();
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const newest = lines.at(-1)?.id;
  useLayoutEffect(() => {
    if (newest !== undefined && atEnd.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [newest]);
  return (
    <div
      ref={box}
      className={styles.lines}
      role="log"
      aria-label={t('lines')}
      // It can be scrolled with the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        atEnd.current = scrollTop + clientHeight > scrollHeight - NEAR_PX;
      }}
    >
      {lines.length === 0 && <p className={styles.quiet}>{t('quiet')}</p>}
      {lines.map((line, index) => (
        <Line key={line.id} line={line} before={lines[index - 1]} />
      ))}
    </div>
  );
}

function Line({ line, before }: { readonly line: RoomLine; readonly before: RoomLine | undefined }) {
  const { t, i18n } = useTranslation('room');
  const own = useWhoami()?.address === line.from;
  const contact = useContact(line.from);
  const name = contact?.name ?? line.name;
  const time = <time dateTime={new Date(line.at).toISOString()}>{formatTime(i18n.language, line.at)}</time>;
  if (line.kind === 'came' || line.kind === 'left') {
    return (
      <p className={styles.presence}>
        {t(line.kind, { name })} {time}
      </p>
    );
  }
  const isOperator = line.kind === 'operator';
  const continued = before?.kind === line.kind && before.from === line.from;
  return (
    <div className={cx(styles.line, own && styles.own, isOperator && styles.operator, continued && styles.continued)}>
      <p className={cx(styles.who, (own || continued) && 'only-heard')}>
        {isOperator && <Megaphone aria-hidden />}
        <bdi>{isOperator ? t('operator') : own ? t('you') : name}</bdi>
      </p>
      <div className={styles.bubble}>
        <span className={styles.text} dir="auto">
          {safeText(line.text)}
        </span>{' '}
        {time}
      </div>
    </div>
  );
}
