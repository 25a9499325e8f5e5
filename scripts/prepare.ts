// After `npm ci`: builds the web client, so that the node that is started next serves it. Nothing is fetched.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const vite = at('node_modules/vite/bin/vite.js');

if (existsSync(vite)) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: at('packages/web'),
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}\nThe web client could not be built; what is wrong stands above.\n`);
    process.exitCode = 1;
  }
} else {
  process.stderr.write('The web client was not built: development packages are not installed. Nodes run without it.\n');
}
