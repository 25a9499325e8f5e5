import { Megaphone } from 'lucide-react';
import { safeText } from '@sotto/engine/text';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { Banner } from '../design/banner.tsx';
import { cx } from '../design/cx.ts';
import { useSession } from '../state/session.tsx';
import { useCodeText } from './errors.ts';
import { hrefOf } from './router.ts';
import { useSay } from './said.ts';
import styles from './notices.module.css';

/** What the engine and the node's operator want to be read; stays until it was put away, the newest first. */
export function Notices() {
  const { t } = useTranslation('app');
  const say = useSay();
  const codeText = useCodeText();
  const store = useSession().notices;
  const notices = useStore(store, (state) => state.notices);
  const newest = notices.at(-1);
  if (newest === undefined) return null;
  const { id, code, text, said, address } = newest;
  const announced = code === 'announcement';
  // What the operator writes is his; what the engine says has texts here.
  const words = announced ? safeText(text) : (say(said) ?? codeText(code));
  return (
    <div className={cx(styles.notices)}>
      <Banner
        key={id}
        tone={announced ? 'info' : 'warn'}
        live={announced ? 'status' : 'alert'}
        {...(announced ? { title: t('notices.announcement'), icon: <Megaphone aria-hidden /> } : {})}
        onDismiss={() => store.getState().dismiss(id)}
      >
        <p className={cx(styles.text)} dir="auto">
          {words}
        </p>
        {address !== undefined && <a href={hrefOf({ screen: 'contact', address })}>{t('notices.look')}</a>}
        {notices.length > 1 && <p className={cx(styles.more)}>{t('notices.more', { count: notices.length - 1 })}</p>}
      </Banner>
    </div>
  );
}
