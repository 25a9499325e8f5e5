import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const web = join(root, 'packages/web');
const SOURCES = [
  ...['build', 'public', 'src'].map((folder) => join(web, folder)),
  ...['engine', 'protocol', 'primitives-web'].map((name) => join(root, 'packages', name, 'src')),
];
const FILES = ['index.html', 'package.json', 'vite.config.ts'].map((name) => join(web, name));
const LOCK = join(web, '.building');
const LOOK_AGAIN_MS = 200;
const TOUCH_MS = 3000;
const GIVEN_UP_MS = 30_000;

/**
 * The folder of the built client, built anew when a source is newer than it (`npm ci` builds it, so in CI it never is).
 * Several test files may ask at once: one builds.
 */
export async function builtClient(): Promise<string> {
  const dist = join(web, 'dist');
  while (!(await isFresh(join(dist, 'build.json')))) {
    const isMine = await mkdir(LOCK).then(
      () => true,
      () => false,
    );
    if (!isMine) {
      if (Date.now() - (await changedAt(LOCK)) > GIVEN_UP_MS) await rm(LOCK, { recursive: true, force: true });
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      continue;
    }
    // As long as it is touched, somebody builds.
    const touching = setInterval(() => void utimes(LOCK, new Date(), new Date()).catch(() => undefined), TOUCH_MS);
    try {
      await buildClient(web, dist);
      // Whatever was changed meanwhile: this one is new enough.
      return dist;
    } finally {
      clearInterval(touching);
      await rm(LOCK, { recursive: true, force: true });
    }
  }
  return dist;
}

/** `npm run build` into a folder of choice. */
export async function buildClient(from: string, into: string): Promise<void> {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--logLevel', 'warn', '--outDir', into, '--emptyOutDir'];
  await promisify(execFile)(process.execPath, args, { cwd: from });
}

async function isFresh(list: string): Promise<boolean> {
  const builtAt = await changedAt(list);
  for (const file of FILES) if ((await changedAt(file)) > builtAt) return false;
  for (const folder of SOURCES) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.includes('.test.')) continue;
      if ((await changedAt(join(entry.parentPath, entry.name))) > builtAt) return false;
    }
  }
  return true;
}

/** ms since 1970; 0: not there. */
const changedAt = async (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
