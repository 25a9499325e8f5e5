import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../design/icon-button.tsx';
import { TextField } from '../design/text-field.tsx';

interface PassphraseFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly description?: ReactNode;
  readonly error?: string | null;
  /** A new one is chosen; else the one in force is asked for. */
  readonly isNew?: boolean;
  readonly autoFocus?: boolean;
}

/** A passphrase is hidden while it is typed, unless somebody wants to see it. */
export function PassphraseField(props: PassphraseFieldProps) {
  const { label, value, onChange, description, error, isNew = false, autoFocus = false } = props;
  const { t } = useTranslation('settings');
  const [shown, setShown] = useState(false);
  const Sign = shown ? EyeOff : Eye;
  return (
    <TextField
      label={label}
      type={shown ? 'text' : 'password'}
      value={value}
      onChange={onChange}
      autoComplete={isNew ? 'new-password' : 'current-password'}
      spellCheck="false"
      autoFocus={autoFocus}
      {...(description === undefined ? {} : { description })}
      {...(error === undefined ? {} : { error })}
      trailing={
        <IconButton
          size="s"
          label={t(shown ? 'lock.hide' : 'lock.show')}
          icon={<Sign size={18} aria-hidden />}
          onPress={() => setShown(!shown)}
        />
      }
    />
  );
}
