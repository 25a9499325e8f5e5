import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { WebBuild } from './web-build.ts';

const dir = mkdtempSync(join(tmpdir(), 'sotto-web-build-'));
const dist = join(dir, 'dist');
mkdirSync(dist);
afterAll(() => rmSync(dir, { recursive: true }));

const put = (list: string): void => writeFileSync(join(dist, 'build.json'), list);
const sha256 = 'a'.repeat(64);
writeFileSync(join(dist, 'index.html'), 'client');
writeFileSync(join(dist, 'inside.txt'), 'in the folder, but by no straight way');
writeFileSync(join(dir, 'secret.txt'), 'outside');

test('WEB-2: a list that names something outside of its folder does not lead there', async () => {
  const outside = ['../secret.txt', '/etc/hostname', 'assets/../../secret.txt', 'deep/../inside.txt', './inside.txt'];
  outside.push('deep//../inside.txt', 'deep\\..\\inside.txt', '..');
  put(
    JSON.stringify({
      hash: sha256,
      files: Object.fromEntries(['index.html', ...outside].map((name) => [name, sha256])),
    }),
  );
  const build = new WebBuild(dist);
  expect(await build.find('/index.html')).not.toBeNull();
  for (const name of outside) expect(await build.find(`/${name}`), name).toBeNull();
});

test('WEB-2: those who come while the list is read for the first time wait for it', async () => {
  const build = new WebBuild(dist);
  const found = await Promise.all([build.find('/'), build.find('/'), build.find('/index.html')]);
  expect(found.map((file) => file?.tag)).toEqual(Array.from({ length: 3 }, () => sha256.slice(0, 32)));
});

test('WEB-4: a list that is half written is no list; the next request reads it again', async () => {
  const build = new WebBuild(dist);
  put('{"hash": "');
  await expect(build.find('/')).rejects.toThrow(SyntaxError);
  await expect(build.find('/')).rejects.toThrow(SyntaxError);
  put(JSON.stringify({ hash: sha256, files: { 'index.html': sha256 } }));
  expect(await build.find('/')).not.toBeNull();
});
