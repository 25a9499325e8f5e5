/** First of all: may the page run here at all? Neither answer waits for the code of the other. */
import { allowOwnScripts } from './integrity/trusted-types.ts';
import { rememberInstallPrompt } from './pwa/install-prompt.ts';

const root = document.querySelector('#root');
if (root === null) throw new Error('index.html has no #root');

if (globalThis.isSecureContext) {
  allowOwnScripts();
  rememberInstallPrompt();
  const { start } = await import('./start.tsx');
  start(root);
} else {
  const { showInsecure } = await import('./insecure/show-insecure.ts');
  showInsecure(root, location);
}
