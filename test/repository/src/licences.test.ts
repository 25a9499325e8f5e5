import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './workspace.ts';

/** AGPL: to be talked to by tests, not to be part of anything that is given away. */
const PEER = '@signalapp/libsignal-client';
const ALLOWED = ['test', 'interop'].join('/');

const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

async function files(pattern: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob(pattern, { cwd: root, exclude: (name) => name.includes('node_modules') })) {
    paths.push(path.replaceAll('\\', '/'));
  }
  return paths;
}

describe('REPO-5: Signal’s library is a peer of test/interop alone', () => {
  it('no other package.json names it, and there it is a development dependency', async () => {
    const naming: string[] = [];
    for (const path of await files('{packages,test}/*/package.json')) {
      if ((await read(path)).includes(PEER)) naming.push(path);
    }
    expect(naming).toEqual([`${ALLOWED}/package.json`]);
    const { dependencies, devDependencies } = JSON.parse(await read(naming[0]!)) as Record<string, object>;
    expect(Object.keys(dependencies ?? {})).not.toContain(PEER);
    expect(Object.keys(devDependencies ?? {})).toContain(PEER);
    const lock = JSON.parse(await read('package-lock.json')) as { packages: Record<string, { dev?: boolean }> };
    expect(lock.packages[`node_modules/${PEER}`]?.dev).toBe(true);
  });

  it('no file outside imports it, nor anything of that folder', async () => {
    const importing: string[] = [];
    for (const path of await files('{packages,test,scripts}/**/*.{ts,js,tsx,mjs}')) {
      if (path.startsWith(`${ALLOWED}/`)) continue;
      if (
        /(from|import|require)\b[\s(]*['"](@signalapp\/|@sotto\/interop-test|[^'"\n]*\/interop\/)/.test(
          await read(path),
        )
      ) {
        importing.push(path);
      }
    }
    expect(importing).toEqual([]);
  });
});
