import { Check, Copy, Share2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { IconButton } from '../design/icon-button.tsx';
import { ListRow } from '../design/list-row.tsx';
import { Section } from '../design/page.tsx';
import { toast } from '../design/toast.tsx';
import { QrPicture } from '../qr/qr-picture.tsx';
import { useWhoami } from '../state/whoami.ts';
import styles from './invite-card.module.css';

/** What others need to write to this account: link and code; address and token for those who ask for them. */
export function InviteCard() {
  const { t } = useTranslation('people');
  const self = useWhoami();
  if (self === null) return null;
  const { invite, address, token } = self;
  return (
    <>
      <Section title={t('invite.title')} description={t('invite.text')}>
        {invite === '' ? <p className={styles.waiting}>{t('invite.waiting')}</p> : <InviteLink invite={invite} />}
      </Section>
      <Section title={t('invite.more')} description={t('invite.tokenHint')} flush>
        <ListRow
          title={t('invite.address')}
          detail={<bdi className={styles.mono}>{address}</bdi>}
          end={<CopyIcon text={address} label={t('invite.copyAddress')} done={t('invite.addressCopied')} />}
        />
        <ListRow
          title={t('invite.token')}
          detail={<bdi className={styles.mono}>{token}</bdi>}
          end={<CopyIcon text={token} label={t('invite.copy')} done={t('invite.copied')} />}
        />
      </Section>
    </>
  );
}

export function InviteLink({ invite }: { invite: string }) {
  const { t } = useTranslation('people');
  const [copied, setCopied] = useState(false);
  const canShare = typeof navigator.share === 'function';
  const copy = async (): Promise<void> => {
    const done = await copyText(invite, t('invite.copyFailed'));
    setCopied(done);
    if (done) setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div className={styles.card}>
      <QrPicture text={invite} label={t('invite.qr')} />
      <div className={styles.side}>
        <input
          className={styles.link}
          readOnly
          dir="ltr"
          value={invite}
          aria-label={t('invite.link')}
          onFocus={(event) => event.currentTarget.select()}
        />
        <div className={styles.buttons}>
          <Button
            variant="primary"
            icon={copied ? <Check size={18} aria-hidden /> : <Copy size={18} aria-hidden />}
            onPress={() => void copy()}
          >
            {copied ? t('invite.copied') : t('invite.copy')}
          </Button>
          {canShare && (
            <Button icon={<Share2 size={18} aria-hidden />} onPress={() => void share(invite, t('invite.shareText'))}>
              {t('invite.share')}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

interface CopyIconProps {
  readonly text: string;
  readonly label: string;
  /** What is said when it is done. */
  readonly done: string;
}

export function CopyIcon({ text, label, done }: CopyIconProps) {
  const { t } = useTranslation('people');
  const copy = async (): Promise<void> => {
    if (await copyText(text, t('invite.copyFailed'))) toast({ text: done });
  };
  return <IconButton label={label} icon={<Copy size={18} aria-hidden />} onPress={() => void copy()} />;
}

async function copyText(text: string, failed: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toast({ text: failed, tone: 'danger' });
    return false;
  }
}

/** What a person puts away without sharing is no failure. */
async function share(url: string, text: string): Promise<void> {
  await navigator.share({ url, text }).catch(() => undefined);
}
