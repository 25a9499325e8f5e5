/** First of all: may the page run here at all? Neither answer waits for the code of the other. */
import { allowOwnScripts } from './integrity/trusted-types.ts';
import { followController } from './pwa/controller-change.ts';
import { rememberInstallPrompt } from './pwa/install-prompt.ts';

const root = document.querySelector('#root');
if (root === null) throw new Error('index.html has no #root');

if (globalThis.isSecureContext) {
  allowOwnScripts();
  followController();
  rememberInstallPrompt();
  const { start } = await withoutTraces(() => import('./start.tsx'));
  start(root);
} else {
  const { showInsecure } = await import('./insecure/show-insecure.ts');
  showInsecure(root, location);
}

/**
 * React makes errors while it is loaded, to throw them later. For the trace of each of them V8 reads the whole script once
 * more, which is a quarter of the time that it needs to start.
 */
async function withoutTraces<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  const errors: ErrorConstructor & { stackTraceLimit?: number } = Error;
  const { stackTraceLimit } = errors;
  if (stackTraceLimit === undefined) return load();
  errors.stackTraceLimit = 0;
  try {
    return await load();
  } finally {
    errors.stackTraceLimit = stackTraceLimit;
  }
}
