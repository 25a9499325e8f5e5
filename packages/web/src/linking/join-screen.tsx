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
  /** How many codes were asked for; 0: none yet. */
  const [codes, setCodes] = useState(0);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setCodes(codes + 1);
  };
  if (codes > 0) {
    return <JoinCode key={codes} name={name.trim()} onBack={() => setCodes(0)} onRenew={() => setCodes(codes + 1)} />;
  }
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
