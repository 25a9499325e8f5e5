import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ScanPanel } from '../qr/scan-panel.tsx';
import { compareSafetyCode } from './safety-code.ts';
import type { SafetyCode } from './safety-code.ts';

interface SafetyScanProps {
  readonly name: string;
  readonly expected: SafetyCode & { readonly own: string };
  /** The numbers are the same. @returns whether the contact could be marked */
  readonly onMatch: () => Promise<boolean>;
  readonly onClose: () => void;
}

/** Reads the code on their screen and says clearly what came of it. */
export function SafetyScan({ name, expected, onMatch, onClose }: SafetyScanProps) {
  const { t } = useTranslation('people');
  const [result, setResult] = useState<'match' | 'marked' | 'different' | null>(null);

  const scanned = (text: string): string | null => {
    if (result !== null) return null;
    const compared = compareSafetyCode(text, expected);
    switch (compared) {
      case 'own-screen':
        return t('safety.ownScreen');
      case 'somebody-else':
        return t('safety.somebodyElse', { name });
      case 'unreadable':
        return t('safety.unreadable');
      case 'different':
        setResult('different');
        return null;
      case 'match':
        setResult('match');
        void onMatch().then((marked) => {
          if (marked) setResult('marked');
        });
        return null;
    }
  };

  const actions =
    result === null ? undefined : (
      <>
        {result === 'different' && <Button onPress={() => setResult(null)}>{t('safety.again')}</Button>}
        <Button variant="primary" onPress={onClose} autoFocus>
          {t('safety.done')}
        </Button>
      </>
    );
  return (
    <Dialog title={t('safety.scanTitle', { name })} isOpen onClose={onClose} actions={actions}>
      {result === null && <ScanPanel hint={t('safety.scanHint', { name })} onText={scanned} />}
      {result === 'different' && (
        <Banner tone="danger" title={t('safety.different')} live="alert">
          {t('safety.differentText', { name })}
        </Banner>
      )}
      {(result === 'match' || result === 'marked') && (
        <Banner tone="good" title={t('safety.match')} live="alert">
          {t('safety.matchText', { name })} {result === 'marked' && t('safety.matchMarked', { name })}
        </Banner>
      )}
    </Dialog>
  );
}
