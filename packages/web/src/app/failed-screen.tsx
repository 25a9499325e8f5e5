import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProfileFailure } from '@sotto/engine/platform/browser';
import { Button } from '../design/button.tsx';
import { useIsPrivate, useSwitchProfile } from '../state/profile-context.tsx';
import { FrontPage } from './front-page.tsx';

/** Not a part of the first screen. */
const EraseDialog = lazy(async () => {
  const { EraseDialog: dialog } = await import('./erase-dialog.tsx');
  return { default: dialog };
});

export interface FailedScreenProps {
  readonly code: ProfileFailure;
}

/** The profile cannot be used: why, and the ways out. */
export function FailedScreen({ code }: FailedScreenProps) {
  const { t } = useTranslation('app');
  const isPrivate = useIsPrivate();
  const switchTo = useSwitchProfile();
  const [erasing, setErasing] = useState(false);
  return (
    <FrontPage title={t(`failed.title.${code}`)} lead={<p role="alert">{t(`failed.text.${code}`)}</p>}>
      <Button variant="primary" size="l" full onPress={() => location.reload()}>
        {t('failed.reload')}
      </Button>
      {!isPrivate && (code === 'no-storage' || code === 'failed') && (
        <Button size="l" full onPress={() => switchTo('private')}>
          {t('failed.private')}
        </Button>
      )}
      {!isPrivate && code === 'corrupt' && (
        <Button size="l" full onPress={() => setErasing(true)}>
          {t('failed.erase')}
        </Button>
      )}
      {erasing && (
        <Suspense>
          <EraseDialog onClose={() => setErasing(false)} />
        </Suspense>
      )}
    </FrontPage>
  );
}
