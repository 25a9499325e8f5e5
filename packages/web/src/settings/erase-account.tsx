import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EraseDialog } from '../app/erase-dialog.tsx';
import { Banner } from '../design/banner.tsx';
import { useEngine } from '../state/profile-context.tsx';
import { useWhoami } from '../state/whoami.ts';

/** The dialog that erases, of an open profile: it is known whether the account has another device. */
export function EraseAccount({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('app');
  const engine = useEngine();
  const self = useWhoami();
  const [isLast, setIsLast] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    engine.devices({}).then(
      ({ devices }) => {
        if (isCurrent) setIsLast(devices.length <= 1);
      },
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [engine]);
  return (
    <EraseDialog onClose={onClose}>
      {isLast && self !== null && <Banner tone="warn">{t('erase.last', { name: self.name })}</Banner>}
    </EraseDialog>
  );
}
