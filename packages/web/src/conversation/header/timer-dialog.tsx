import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorText } from '../../app/errors.ts';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { toast } from '../../design/toast.tsx';
import { usePutContact } from '../../state/contacts.ts';
import { useEngine } from '../../state/profile-context.tsx';
import { timerChoices } from '../../people/duration-words.ts';
import { useConversation } from '../conversation-context.tsx';
import { durationWords } from '../text/duration-words.ts';
import styles from './timer-dialog.module.css';

export interface HeaderDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** After how long new messages of the conversation disappear. */
export function TimerDialog({ isOpen, onClose }: HeaderDialogProps) {
  const { t, i18n } = useTranslation('conversation');
  const { contact } = useConversation();
  const engine = useEngine();
  const put = usePutContact();
  const errorText = useErrorText();
  const [chosen, setChosen] = useState<number | null>(null);
  const seconds = chosen ?? contact.timer;
  const close = () => {
    setChosen(null);
    onClose();
  };
  const save = () => {
    close();
    if (seconds === contact.timer) return;
    engine.setTimer({ conversation: contact.address, seconds }).then(put, (error: unknown) => {
      toast({ text: errorText(error), tone: 'danger' });
    });
  };
  return (
    <Dialog
      title={t('timer.title')}
      isOpen={isOpen}
      onClose={close}
      size="s"
      actions={
        <>
          <Button variant="plain" onPress={close}>
            {t('timer.cancel')}
          </Button>
          <Button variant="primary" onPress={save}>
            {t('timer.save')}
          </Button>
        </>
      }
    >
      <p className={styles.text}>{t('timer.text')}</p>
      <fieldset className={styles.choices}>
        <legend className="only-heard">{t('timer.label')}</legend>
        {timerChoices(contact.timer).map((one) => (
          <label key={one} className={styles.choice}>
            <input type="radio" name="timer" checked={one === seconds} onChange={() => setChosen(one)} />
            {one === 0 ? t('timer.off') : durationWords(i18n.language, one)}
          </label>
        ))}
      </fieldset>
    </Dialog>
  );
}
