import { useState } from 'react';
import type { FormEvent } from 'react';
import { SendHorizontal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { safeLine } from '@sotto/engine/text';
import { useErrorText } from '../app/errors.ts';
import { SignButton } from '../design/sign-button.tsx';
import { TextField } from '../design/text-field.tsx';
import { toast } from '../design/toast.tsx';
import { useEngine } from '../state/profile-context.tsx';
import styles from './room-screen.module.css';

/** One line to everybody who is here. It is not kept: what could not be said stays in the field. */
export function RoomComposer() {
  const { t } = useTranslation('room');
  const engine = useEngine();
  const errorText = useErrorText();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const speak = async (line: string) => {
    try {
      const { reached, missed } = await engine.say({ text: line });
      if (missed.length > 0) {
        toast({ text: t('missed', { names: missed.map((name) => safeLine(name)).join(', ') }), tone: 'danger' });
      } else if (reached === 0) toast({ text: t('alone') });
    } catch (error) {
      setProblem(errorText(error));
      setText((now) => (now === '' ? line : now));
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    setProblem(null);
    setText('');
    void speak(text);
  };
  return (
    <form className={styles.composer} onSubmit={submit}>
      <TextField
        label={t('line')}
        hideLabel
        placeholder={t('line')}
        autoComplete="off"
        value={text}
        onChange={setText}
        error={problem}
      />
      <SignButton
        type="submit"
        variant="primary"
        label={t('send')}
        icon={<SendHorizontal aria-hidden className="mirror" />}
        isDisabled={text.trim() === ''}
      />
    </form>
  );
}
