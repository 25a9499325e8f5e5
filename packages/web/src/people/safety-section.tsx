import { QrCode, ScanQrCode } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Contact } from '@sotto/engine/api';
import { useErrorText } from '../app/errors.ts';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { cx } from '../design/cx.ts';
import { Dialog } from '../design/dialog.tsx';
import { Section } from '../design/page.tsx';
import { Switch } from '../design/switch.tsx';
import { QrPicture } from '../qr/qr-picture.tsx';
import { usePutContact } from '../state/contacts.ts';
import { useEngine } from '../state/profile-context.tsx';
import { useWhoami } from '../state/whoami.ts';
import { useTask } from '../settings/use-task.ts';
import { encodeSafetyCode } from './safety-code.ts';
import { SafetyScan } from './safety-scan.tsx';
import styles from './safety-section.module.css';

/** Room for the numbers while they are computed. */
const AWAITED = Array.from({ length: 12 }, () => '00000').join(' ');

/** Whether a contact is who they say: sixty digits that both sides compare, with their eyes or a camera. */
export function SafetySection({ contact }: { contact: Contact }) {
  const { t } = useTranslation('people');
  const engine = useEngine();
  const put = usePutContact();
  const errorText = useErrorText();
  const self = useWhoami();
  const [digits, setDigits] = useState<string | null>(null);
  const [open, setOpen] = useState<'scan' | 'show' | null>(null);
  const { busy, problem, run, setProblem } = useTask();
  const { address, name, verified } = contact;

  useEffect(() => {
    let isCurrent = true;
    engine.safetyNumber({ address }).then(
      (number) => {
        if (isCurrent) setDigits(number.digits);
      },
      (error: unknown) => {
        if (isCurrent) setProblem(errorText(error));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [engine, address, setProblem, errorText]);

  const mark = (wanted: boolean): Promise<boolean> =>
    run(async () => put(await engine.updateContact({ address, verified: wanted })));

  return (
    <Section title={t('contact.identity')} description={t('safety.text', { name })}>
      {(digits !== null || problem === null) && (
        <ol
          className={cx(styles.digits, digits === null && styles.awaited)}
          dir="ltr"
          aria-label={t('safety.numbers')}
          aria-busy={digits === null}
        >
          {(digits ?? AWAITED).split(' ').map((group, index) => (
            // The groups have no identity but their place.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index}>{group}</li>
          ))}
        </ol>
      )}
      <div className={styles.buttons}>
        <Button
          icon={<ScanQrCode size={18} aria-hidden />}
          isDisabled={digits === null}
          onPress={() => setOpen('scan')}
        >
          {t('safety.scan')}
        </Button>
        <Button icon={<QrCode size={18} aria-hidden />} isDisabled={digits === null} onPress={() => setOpen('show')}>
          {t('safety.show')}
        </Button>
      </div>
      <Switch
        label={t('safety.mark')}
        description={t('safety.markHint')}
        isSelected={verified}
        isDisabled={busy}
        onChange={(wanted) => void mark(wanted)}
      />
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
      {digits !== null && self !== null && open === 'show' && (
        <Dialog title={t('safety.showTitle')} isOpen onClose={() => setOpen(null)} size="s">
          <div className={styles.code}>
            <QrPicture text={encodeSafetyCode({ digits, address: self.address })} label={t('safety.qr')} />
            <p>{t('safety.showText', { name })}</p>
          </div>
        </Dialog>
      )}
      {digits !== null && self !== null && open === 'scan' && (
        <SafetyScan
          name={name}
          expected={{ digits, address, own: self.address }}
          onMatch={() => mark(true)}
          onClose={() => setOpen(null)}
        />
      )}
    </Section>
  );
}
