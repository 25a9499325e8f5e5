// What the `sotto` command does: the node and the client know nothing of each other, so each is loaded only when it is wanted.
import { fileURLToPath } from 'node:url';

const [word = '', ...rest] = process.argv.slice(2);

if (word === 'node') {
  const { runNode } = await import('@sotto/node/main');
  process.exitCode = await runNode(rest, { web: webBuild() });
} else if (word === 'worker') {
  const { runWorker } = await import('@sotto/node/main');
  process.exitCode = await runWorker(rest);
} else if (word === 'ring') {
  const { runRing } = await import('@sotto/node/main');
  process.exitCode = await runRing(rest);
} else {
  const { runTerminal } = await import('@sotto/terminal');
  process.exitCode = await runTerminal(
    [word, ...rest].filter((part, at) => at > 0 || part !== ''),
    { web: webBuild() },
  );
}

/** Where `npm run build` puts the web client. */
function webBuild(): string | null {
  try {
    return fileURLToPath(new URL('dist', import.meta.resolve('@sotto/web/package.json')));
  } catch {
    return null;
  }
}
