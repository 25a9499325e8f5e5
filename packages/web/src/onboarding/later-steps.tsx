/** What comes after the welcome, in one file that is loaded behind it. */
import { useProfile } from '../state/profile-context.tsx';
import { SessionProvider } from '../state/session.tsx';
import { ReadyScreen as Ready } from './ready-screen.tsx';
import type { ReadyScreenProps } from './ready-screen.tsx';

export { HaveAccount } from './have-account.tsx';
export { PhraseScreen } from './phrase-screen.tsx';
export { TakeUp } from './take-up.tsx';

export function ReadyScreen(props: ReadyScreenProps) {
  const { engine } = useProfile();
  return (
    <SessionProvider engine={engine}>
      <Ready {...props} />
    </SessionProvider>
  );
}
