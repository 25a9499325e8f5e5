import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildClient, builtClient } from './built-client.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
/** kB of 1000 bytes, compressed. */
const SHELL_LIMIT = 150_000;
const BUILD_MS = 180_000;

interface BuildList {
  readonly hash: string;
  readonly files: Readonly<Record<string, string>>;
}

let dist: string;
let list: BuildList;
const read = (path: string): Promise<Buffer> => readFile(join(dist, path));
const listOf = async (dir: string): Promise<BuildList> => JSON.parse(await readFile(join(dir, 'build.json'), 'utf8'));
const digest = (name: string, data: string | Buffer, form: 'hex' | 'base64'): string =>
  createHash(name).update(data).digest(form);

beforeAll(async () => {
  dist = await builtClient();
  list = await listOf(dist);
}, BUILD_MS);

describe('the build', () => {
  let elsewhere = '';
  afterAll(() => rm(elsewhere, { recursive: true, force: true }));

  test(
    'WEB-5: another folder, time and environment give the same bytes',
    async () => {
      elsewhere = await mkdtemp(join(tmpdir(), 'sotto-elsewhere-'));
      const web = await copyWorkspace(elsewhere);
      const into = join(elsewhere, 'a', 'deeper', 'dist');
      // What a machine of a developer may have in its environment; it is vitest's own as well.
      process.env['VITE_SOMETHING'] = 'mine';
      await buildClient(web, into).finally(() => delete process.env['VITE_SOMETHING']);
      expect((await listOf(into)).files).toEqual(list.files);
    },
    BUILD_MS,
  );

  test('WEB-5: build.json lists every file but itself and compressed copies; anybody can compute its hash', async () => {
    const entries = await readdir(dist, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile() && !/\.(br|gz)$/.test(entry.name) && entry.name !== 'build.json')
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(dist.length + 1)
          .split(sep)
          .join('/'),
      );
    expect(Object.keys(list.files)).toEqual(names.sort());
    let sums = '';
    for (const name of names) sums += `${digest('sha256', await read(name), 'hex')}  ${name}\n`;
    expect(list.hash).toBe(digest('sha256', sums, 'hex'));
  });

  test('WEB-6: index.html has no script of its own, and names the hash of every script and style it needs', async () => {
    const html = String(await read('index.html'));
    expect(html).not.toMatch(/<style|style=|\son\w+=/);
    const scripts = [...html.matchAll(/<script\b([^>]*)>([^<]*)/g)];
    expect(scripts).toHaveLength(1);
    expect(scripts[0]?.[2]).toBe('');
    const tags = [...html.matchAll(/<(?:script|link rel="(?:modulepreload|stylesheet)")[^>]*>/g)].map(String);
    expect(tags.length).toBeGreaterThan(3);
    for (const tag of tags) {
      const file = /(?:src|href)="\.\/([^"]+)"/.exec(tag)?.[1] ?? '';
      expect(tag).toContain(`integrity="sha384-${digest('sha384', await read(file), 'base64')}"`);
    }
  });

  test('WEB-8: the service worker keeps every file but itself, each under its hash', async () => {
    const worker = String(await read('sw.js'));
    const kept = [
      ...worker.matchAll(/\{[^{}]*\burl:\s*["'`]([^"'`]+)["'`][^{}]*\}/g),
      ...worker.matchAll(/\{[^{}]*"url":"([^"]+)"[^{}]*\}/g),
    ];
    expect(kept.map(([, url]) => String(url)).sort()).toEqual(
      Object.keys(list.files).filter((path) => path !== 'sw.js'),
    );
    for (const [entry, url] of kept) {
      expect(entry).toContain(`sha384-${digest('sha384', await read(String(url)), 'base64')}`);
    }
  });

  test.each(['br', 'gz'])(
    `WEB-13: what the first screen needs is below ${SHELL_LIMIT / 1000} kB as .%s`,
    async (suffix) => {
      const html = String(await read('index.html'));
      const files = [
        'index.html',
        ...[...html.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map(([, file]) => String(file)),
      ];
      // What a browser asks for at once, of one server.
      expect(files.length - 1).toBeLessThanOrEqual(6);
      let size = 0;
      for (const file of files) size += (await read(`${file}.${suffix}`).catch(() => read(file))).length;
      expect(size).toBeGreaterThan(50_000);
      expect(size).toBeLessThan(SHELL_LIMIT);
    },
  );

  test('nothing in it says where it was made', async () => {
    for (const path of Object.keys(list.files)) expect((await read(path)).includes(root), path).toBe(false);
  });
});

/** The sources of the client, and everything installed, under another path. @returns the folder of the web client */
async function copyWorkspace(folder: string): Promise<string> {
  const packages = ['engine', 'primitives-node', 'primitives-web', 'protocol', 'web'];
  await mkdir(join(folder, 'packages'));
  for (const name of ['package.json', 'tsconfig.base.json']) await cp(join(root, name), join(folder, name));
  const leftOut = /[\\/](dist|node_modules)$/;
  for (const name of packages) {
    const from = join(root, 'packages', name);
    await cp(from, join(folder, 'packages', name), { recursive: true, filter: (path) => !leftOut.test(path) });
  }
  await mkdir(join(folder, 'node_modules/@sotto'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '@sotto') await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  for (const name of packages) await symlink(join(folder, 'packages', name), join(folder, 'node_modules/@sotto', name));
  return join(folder, 'packages/web');
}
