import { lazy, Suspense, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { EngineError } from '@sotto/engine/api';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { TextField } from '../design/text-field.tsx';
import { noteUse } from '../settings/lock/use-auto-lock.ts';
import { useProfile, useSwitchProfile } from '../state/profile-context.tsx';
import { useErrorText } from './errors.ts';
import { FrontPage } from './front-page.tsx';

/** Not a part of the first screen. */
const EraseDialog = lazy(async () => {
  const { EraseDialog: dialog } = await import('./erase-dialog.tsx');
  return { default: dialog };
});

export function UnlockScreen() {
  const { t } = useTranslation('app');
  const profile = useProfile();
  const switchTo = useSwitchProfile();
  const errorText = useErrorText();
  const field = useRef<HTMLInputElement>(null);
  const [passphrase, setPassphrase] = useState('');
  const [busy, setBusy] = useState(false);
  const [forgotten, setForgotten] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const unlock = async () => {
    setBusy(true);
    setProblem(null);
    // Else the tabs that it opens would take the time before it for a time without use.
    noteUse();
    try {
      await profile.unlock(passphrase);
    } catch (error) {
      const wrong = error instanceof EngineError && error.code === 'not-allowed';
      setProblem(wrong ? t('unlock.wrong') : errorText(error));
      setPassphrase('');
      field.current?.focus();
    } finally {
      setBusy(false);
    }
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && passphrase !== '') void unlock();
  };

  return (
    <FrontPage
      title={t('unlock.title')}
      voice
      lead={t('unlock.lead')}
      footer={
        <>
          <Button variant="plain" size="s" onPress={() => switchTo('private')}>
            {t('unlock.private')}
          </Button>
          <Button variant="plain" size="s" onPress={() => setForgotten(true)}>
            {t('unlock.forgotten')}
          </Button>
        </>
      }
    >
      <form onSubmit={submit}>
        <TextField
          label={t('unlock.passphrase')}
          type="password"
          autoComplete="current-password"
          autoFocus
          inputRef={field}
          value={passphrase}
          onChange={setPassphrase}
          error={problem}
        />
        <br />
        <Button type="submit" variant="primary" size="l" full busy={busy} isDisabled={passphrase === ''}>
          {t(busy ? 'unlock.busy' : 'unlock.unlock')}
        </Button>
      </form>
      {forgotten && (
        <Suspense>
          <EraseDialog onClose={() => setForgotten(false)}>
            <Banner tone="warn">{t('erase.forgotten')}</Banner>
          </EraseDialog>
        </Suspense>
      )}
    </FrontPage>
  );
}
