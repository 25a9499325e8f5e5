import { Suspense, useState } from 'react';
import { cx } from '../design/cx.ts';
import { IncomingStrip } from '../linking/incoming-strip.tsx';
import { ListPane } from '../list/list-pane.tsx';
import { useProfile } from '../state/profile-context.tsx';
import { SessionProvider } from '../state/session.tsx';
import { ConnectionStrip } from './connection-strip.tsx';
import { Detail } from './detail.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { Notices } from './notices.tsx';
import { PaneSpinner } from './pane-spinner.tsx';
import { useRoute } from './router.ts';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { useShortcuts } from './use-shortcuts.ts';
import { useBackground } from './use-background.ts';
import styles from './shell.module.css';

/** The application of an open profile. */
export function Shell() {
  const { engine } = useProfile();
  return (
    <SessionProvider engine={engine}>
      <Panes />
    </SessionProvider>
  );
}

/** Two panes: conversations, and what was chosen of them. A phone shows one of the two. */
function Panes() {
  const route = useRoute();
  const [helpShown, setHelpShown] = useState(false);
  useShortcuts(() => setHelpShown(true));
  useBackground();
  const place = route.screen === 'conversation' ? route.address : route.screen;
  return (
    <div className={cx(styles.shell, route.screen === 'list' ? styles.onList : styles.onDetail)}>
      <ConnectionStrip />
      <IncomingStrip />
      <Notices />
      <main className={styles.panes}>
        <div className={styles.list}>
          <ErrorBoundary pane>
            <ListPane onHelp={() => setHelpShown(true)} />
          </ErrorBoundary>
        </div>
        <div className={styles.detail}>
          <div className={styles.content}>
            <ErrorBoundary pane key={place}>
              <Suspense fallback={<PaneSpinner />}>
                <Detail route={route} />
              </Suspense>
            </ErrorBoundary>
          </div>
        </div>
      </main>
      <ShortcutsDialog isOpen={helpShown} onClose={() => setHelpShown(false)} />
    </div>
  );
}
