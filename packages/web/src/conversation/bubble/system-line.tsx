import { Hourglass, LockKeyhole, Timer, TimerOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { durationWords } from '../text/duration-words.ts';
import styles from './system-line.module.css';

/** What a message that is no bubble says, in words. */
export function useSystemWords(): (message: Message) => string {
  const { t, i18n } = useTranslation('conversation');
  return ({ content, outgoing, name }) => {
    if ('gap' in content) return t('placeholder.gap', { count: content.gap });
    if ('timer' in content) {
      const who = safeLine(name);
      if (content.timer === 0)
        return outgoing ? t('placeholder.timerOffOwn') : t('placeholder.timerOff', { name: who });
      const time = durationWords(i18n.language, content.timer);
      return outgoing ? t('placeholder.timerOnOwn', { time }) : t('placeholder.timerOn', { name: who, time });
    }
    return t('placeholder.undecryptable');
  };
}

const SIGNS = { timer: Timer, timerOff: TimerOff, gap: Hourglass, undecryptable: LockKeyhole };

function kindOf({ content }: Message): keyof typeof SIGNS {
  if ('timer' in content) return content.timer === 0 ? 'timerOff' : 'timer';
  return 'gap' in content ? 'gap' : 'undecryptable';
}

/** A line of the conversation's own: a changed timer, something that is missing. */
export function SystemLine({ message }: { readonly message: Message }) {
  const words = useSystemWords()(message);
  const Sign = SIGNS[kindOf(message)];
  return (
    <div className={styles.line}>
      <Sign aria-hidden />
      {words}
    </div>
  );
}
