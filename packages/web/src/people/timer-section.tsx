import { useTranslation } from 'react-i18next';
import type { Contact } from '@sotto/engine/api';
import { Banner } from '../design/banner.tsx';
import { Section } from '../design/page.tsx';
import { Select } from '../design/select.tsx';
import { usePutContact } from '../state/contacts.ts';
import { useEngine } from '../state/profile-context.tsx';
import { useTask } from '../settings/use-task.ts';
import { durationWords, timerChoices } from './duration-words.ts';

/** When messages of the conversation disappear. */
export function TimerSection({ contact }: { contact: Contact }) {
  const { t, i18n } = useTranslation('people');
  const engine = useEngine();
  const put = usePutContact();
  const { problem, run } = useTask();
  if (contact.status !== 'accepted') return null;
  const choose = (value: string): void => {
    const wanted = { conversation: contact.address, seconds: Number(value) };
    void run(async () => put(await engine.setTimer(wanted)));
  };
  return (
    <Section title={t('contact.timerTitle')} description={t('contact.timerHint')}>
      <Select
        label={t('contact.timerLabel')}
        value={String(contact.timer)}
        onChange={choose}
        options={timerChoices(contact.timer).map((seconds) => ({
          value: String(seconds),
          label:
            seconds === 0
              ? t('contact.timerOff')
              : t('contact.timerAfter', { time: durationWords(i18n.language, seconds) }),
        }))}
      />
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
    </Section>
  );
}
