import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { FrontPage } from '../app/front-page.tsx';
import { Button } from '../design/button.tsx';
import { TextField } from '../design/text-field.tsx';
import { guessDevice } from './device-name.ts';
import { JoinCode } from './join-code.tsx';
import styles from './linking.module.css';

interface JoinScreenProps {
  readonly onBack: () => void;
}

/** This browser becomes a device of an account that exists: first its name, then the code. */
export function JoinScreen({ onBack }: JoinScreenProps) {
  const { t } = useTranslation('linking');
  const [name, setName] = useState(() => {
    const guessed = guessDevice(navigator.userAgent);
    return guessed === null ? t('join.defaultName') : t('join.nameOn', guessed);
  });
  const [isAsking, setIsAsking] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setIsAsking(true);
  };
  if (isAsking) return <JoinCode name={name.trim()} onBack={() => setIsAsking(false)} />;
  return (
    <FrontPage title={t('join.title')} lead={t('join.intro')} onBack={onBack}>
      <form className={styles.form} onSubmit={submit}>
        <TextField
          label={t('join.name')}
          description={t('join.nameHint')}
          value={name}
          onChange={setName}
          maxLength={64}
          autoComplete="off"
          autoFocus
        />
        <Button type="submit" variant="primary" size="l" full>
          {t('join.begin')}
        </Button>
      </form>
    </FrontPage>
  );
}

export default JoinScreen;
