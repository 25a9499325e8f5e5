import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';
import { Button } from './button.tsx';
import { cx } from './cx.ts';
import { SignButton } from './sign-button.tsx';
import styles from './toast.module.css';

export interface Toast {
  readonly text: string;
  readonly tone?: 'neutral' | 'danger';
  readonly action?: { readonly label: string; readonly onPress: () => void };
  /** 0: stays until it is put away. Default 5 seconds, 10 with an action. */
  readonly timeoutMs?: number;
}

interface ShownToast extends Toast {
  readonly id: number;
}

const MAX_SHOWN = 3;
const useToasts = create<{ readonly shown: readonly ShownToast[] }>(() => ({ shown: [] }));
let last = 0;

/** A word about something that just happened. What must be read goes into a Banner or Dialog. Answers how to put it away. */
export function toast(given: Toast): () => void {
  last += 1;
  const id = last;
  const close = () => useToasts.setState(({ shown }) => ({ shown: shown.filter((one) => one.id !== id) }));
  useToasts.setState(({ shown }) => ({
    shown: [...shown.filter((one) => one.text !== given.text), { ...given, id }].slice(-MAX_SHOWN),
  }));
  const timeoutMs = given.timeoutMs ?? (given.action === undefined ? 5000 : 10_000);
  if (timeoutMs > 0) setTimeout(close, timeoutMs);
  return close;
}

/** All of them are put away: what they say is not for who comes next. */
export function clearToasts(): void {
  useToasts.setState({ shown: [] });
}

/** Where they are shown; once a page. */
export function Toasts() {
  const { t } = useTranslation('app');
  const shown = useToasts((state) => state.shown);
  const put = (id: number) => useToasts.setState((state) => ({ shown: state.shown.filter((one) => one.id !== id) }));
  return (
    <div className={styles.region} role="status" aria-label={t('toasts')}>
      {shown.map((one) => (
        <div key={one.id} className={cx(styles.toast, one.tone === 'danger' && styles.danger)}>
          <span className={styles.text}>{one.text}</span>
          {one.action !== undefined && (
            <Button
              variant="plain"
              size="s"
              className={cx(styles.action)}
              onPress={() => {
                one.action?.onPress();
                put(one.id);
              }}
            >
              {one.action.label}
            </Button>
          )}
          <SignButton
            size="s"
            className={cx(styles.close)}
            label={t('dismiss')}
            icon={<X aria-hidden />}
            onPress={() => put(one.id)}
          />
        </div>
      ))}
    </div>
  );
}
