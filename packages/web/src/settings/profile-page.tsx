import { useState } from 'react';
import type { FormEvent } from 'react';
import { Label, Radio, RadioGroup } from 'react-aria-components/RadioGroup';
import { useTranslation } from 'react-i18next';
import type { Whoami } from '@sotto/engine/api';
import { Avatar } from '../design/avatar.tsx';
import { Button } from '../design/button.tsx';
import { Section } from '../design/page.tsx';
import { TextField } from '../design/text-field.tsx';
import { toast } from '../design/toast.tsx';
import { useEngine } from '../state/profile-context.tsx';
import { useSetWhoami, useWhoami } from '../state/whoami.ts';
import { COLORS } from './colors.ts';
import styles from './profile-page.module.css';
import { SettingsPage } from './settings-page.tsx';
import { useTask } from './use-task.ts';

/** What contacts see of this account. */
function ProfilePage() {
  const { t } = useTranslation('settings');
  const self = useWhoami();
  return (
    <SettingsPage title={t('nav.profile')}>
      {self !== null && <ProfileForm key={`${self.color} ${self.name}`} self={self} />}
    </SettingsPage>
  );
}

function ProfileForm({ self }: { self: Whoami }) {
  const { t } = useTranslation('settings');
  const engine = useEngine();
  const setSelf = useSetWhoami();
  const [name, setName] = useState(self.name);
  const [color, setColor] = useState(self.color);
  const { busy, problem, run, setProblem } = useTask();

  const changed = name.trim() !== self.name || color !== self.color;
  const save = async (): Promise<void> => {
    setSelf(await engine.setProfile({ name: name.trim(), color }));
    toast({ text: t('saved') });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() === '') setProblem(t('profile.nameNeeded'));
    else void run(save);
  };

  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.picture}>
        <Avatar name={name} color={color} size="xl" />
      </div>
      <Section>
        <TextField
          label={t('profile.name')}
          description={t('profile.nameHint')}
          value={name}
          onChange={(value) => {
            setName(value);
            setProblem(null);
          }}
          error={problem}
          maxLength={64}
          autoComplete="nickname"
        />
        <RadioGroup
          className={styles.colors ?? ''}
          value={String(color)}
          onChange={(value) => setColor(Number(value))}
          orientation="horizontal"
        >
          <Label className={styles.label ?? ''}>{t('profile.color')}</Label>
          <div className={styles.swatches}>
            {!COLORS.some(([, value]) => value === self.color) && (
              <Swatch name={name} color={self.color} label={t('profile.colors.present')} />
            )}
            {COLORS.map(([key, value]) => (
              <Swatch key={key} name={name} color={value} label={t(`profile.colors.${key}`)} />
            ))}
          </div>
        </RadioGroup>
      </Section>
      <div className={styles.buttons}>
        <Button type="submit" variant="primary" busy={busy} isDisabled={!changed}>
          {t('save')}
        </Button>
      </div>
    </form>
  );
}

/** Looks as the person will. */
function Swatch({ name, color, label }: { name: string; color: number; label: string }) {
  return (
    <Radio value={String(color)} aria-label={label} className={styles.swatch ?? ''}>
      <Avatar name={name} color={color} size="m" />
    </Radio>
  );
}

export default ProfilePage;
