import { createContext, use } from 'react';
import type { ReactNode } from 'react';
import { Page } from '../design/page.tsx';

/** Where the arrow of a page goes; null: the list of pages stands beside it, so there is none. */
const BackContext = createContext<string | null>(null);

export function SettingsBack({ value, children }: { value: string | null; children: ReactNode }) {
  return <BackContext value={value}>{children}</BackContext>;
}

interface SettingsPageProps {
  readonly title: string;
  /** Goes elsewhere than to the list, also where the list stands beside it. */
  readonly back?: string;
  readonly children: ReactNode;
}

export function SettingsPage({ title, back, children }: SettingsPageProps) {
  const toList = use(BackContext);
  const target = back ?? toList;
  return (
    <Page title={title} {...(target === null ? {} : { back: target, backAlways: true })}>
      {children}
    </Page>
  );
}
