import { Copy, Download, Printer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { toast } from '../design/toast.tsx';
import { phraseSheet } from './phrase-words.ts';
import styles from './phrase-card.module.css';

export interface PhraseCardProps {
  readonly words: readonly string[];
}

/** The words, numbered, and the ways to keep them outside of this device. */
export function PhraseCard({ words }: PhraseCardProps) {
  const { t } = useTranslation('onboarding');
  const copy = () => {
    navigator.clipboard.writeText(words.join(' ')).then(
      () => toast({ text: t('phrase.copied') }),
      () => toast({ text: t('phrase.notCopied'), tone: 'danger' }),
    );
  };
  const save = () => {
    const sheet = phraseSheet(words, [t('phrase.sheetTitle'), t('phrase.sheetText')]);
    const url = URL.createObjectURL(new Blob([sheet], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'sotto-recovery-phrase.txt';
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <div className={styles.card}>
      <h2 className={styles.printed}>{t('phrase.sheetTitle')}</h2>
      <ol className={styles.words} aria-label={t('phrase.words')} dir="ltr" translate="no">
        {words.map((word, index) => (
          <li key={`${String(index)} ${word}`}>
            <span className={styles.number}>{index + 1}</span>
            {word}
          </li>
        ))}
      </ol>
      <div className={styles.tools}>
        <Button size="s" icon={<Copy aria-hidden />} onPress={copy}>
          {t('phrase.copy')}
        </Button>
        <Button size="s" icon={<Download aria-hidden />} onPress={save}>
          {t('phrase.save')}
        </Button>
        <Button size="s" icon={<Printer aria-hidden />} onPress={() => window.print()}>
          {t('phrase.print')}
        </Button>
      </div>
    </div>
  );
}
