import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { EngineError } from '@sotto/engine/api';
import { useErrorText } from '../app/errors.ts';
import { FrontPage } from '../app/front-page.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { TextArea } from '../design/text-area.tsx';
import { TextField } from '../design/text-field.tsx';
import { readRoomKey } from './home-node.ts';
import { PHRASE_WORDS, wordsOf } from './phrase-words.ts';
import { useRoom } from './use-room.ts';
import styles from './onboarding.module.css';

export interface TakeUpProps {
  readonly onBack: () => void;
  readonly onTakeUp: (name: string, psk: Uint8Array | null, phrase: string) => Promise<void>;
}

/** The account of a recovery phrase, without its history. */
export function TakeUp({ onBack, onTakeUp }: TakeUpProps) {
  const { t } = useTranslation('onboarding');
  const errorText = useErrorText();
  const room = useRoom();
  const [phrase, setPhrase] = useState('');
  const [name, setName] = useState('');
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [keyProblem, setKeyProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const words = wordsOf(phrase);
  const complete = words.length === PHRASE_WORDS && name.trim() !== '';

  const takeUp = async () => {
    const psk = room ? readRoomKey(key) : null;
    if (room && psk === null) {
      setKeyProblem(t('room.wrong'));
      return;
    }
    setBusy(true);
    setProblem(null);
    setKeyProblem(null);
    try {
      await onTakeUp(name.trim(), psk, words.join(' '));
    } catch (error) {
      // The node did not take the key.
      const tell =
        psk !== null && error instanceof EngineError && error.code === 'not-allowed' ? setKeyProblem : setProblem;
      tell(errorText(error));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && complete) void takeUp();
  };

  return (
    <FrontPage title={t('takeUp.title')} lead={t('takeUp.lead')} onBack={onBack}>
      <form onSubmit={submit} className={styles.form}>
        <TextArea
          label={t('takeUp.phrase')}
          description={t('takeUp.count', { count: words.length, of: PHRASE_WORDS })}
          autoComplete="off"
          spellCheck="false"
          autoFocus
          mono
          rows={4}
          value={phrase}
          onChange={setPhrase}
          error={problem}
        />
        <TextField label={t('welcome.name')} autoComplete="nickname" maxLength={64} value={name} onChange={setName} />
        {room && (
          <TextField
            label={t('room.key')}
            description={t('room.hint')}
            autoComplete="off"
            mono
            value={key}
            onChange={setKey}
            error={keyProblem}
          />
        )}
        <Banner tone="warn">{t('takeUp.means')}</Banner>
        <Button type="submit" variant="primary" size="l" full busy={busy} isDisabled={!complete}>
          {t(busy ? 'takeUp.busy' : 'takeUp.begin')}
        </Button>
      </form>
    </FrontPage>
  );
}
