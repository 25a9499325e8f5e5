import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkWebClient } from './web-check.ts';

const texts: Readonly<Record<string, string>> = { 'index.html': '<!doctype html>', 'assets/shell-1.js': 'start()' };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const list = {
  hash: 'a'.repeat(64),
  files: Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, sha256(text)])),
};
const folder = mkdtempSync(join(tmpdir(), 'sotto-installed-'));
writeFileSync(join(folder, 'build.json'), JSON.stringify(list));
afterAll(() => rmSync(folder, { recursive: true }));

/** A node below /sotto that serves these texts; what else it is asked for is an error of the test. */
function node(served: Readonly<Record<string, string>>): typeof fetch {
  return (url) => {
    const { origin, pathname } = url as URL;
    expect(origin).toBe('https://node.example');
    expect(pathname).toMatch(/^\/sotto\//);
    const text = served[pathname.slice('/sotto/'.length)];
    return Promise.resolve(text === undefined ? new Response('not found', { status: 404 }) : new Response(text));
  };
}
const check = (get: typeof fetch) => checkWebClient('wss://node.example/sotto', folder, get);

describe('WEB-14: the web client of a node, compared with the one installed here', () => {
  test('the same', async () => {
    const found = await check(node({ ...texts, 'build.json': JSON.stringify(list) }));
    expect(found).toMatchObject({ ok: true, found: expect.stringContaining(`all 2 files; its hash is ${list.hash}`) });
  });

  test('a changed or missing file is seen although the list says otherwise', async () => {
    const served: Record<string, string> = { ...texts, 'build.json': JSON.stringify(list) };
    const { 'assets/shell-1.js': gone, ...fewer } = served;
    expect(gone).toBe('start()');
    for (const changed of [{ ...served, 'assets/shell-1.js': 'evil()' }, fewer]) {
      const found = await check(node(changed));
      expect(found).toMatchObject({ ok: false, found: expect.stringContaining('changed: assets/shell-1.js') });
    }
  });

  test('another build, named by its hash; a list that is none; one that names files elsewhere', async () => {
    const other = { hash: 'b'.repeat(64), files: { 'https://elsewhere.example/x': '' } };
    const found = await check(node({ ...texts, 'build.json': JSON.stringify(other) }));
    expect(found).toMatchObject({ ok: false, found: expect.stringContaining(other.hash), advice: expect.any(String) });
    for (const text of ['<!doctype html>', '"text"', 'null', '{"hash":"\\u001b[2J"}']) {
      const odd = await check(node({ 'build.json': text }));
      expect(odd?.ok).toBe(false);
      expect(odd?.found).not.toContain('\u001b');
    }
  });

  test('no web client there, none here, nobody there', async () => {
    expect(await check(node({}))).toMatchObject({ ok: true, found: 'Your node serves no web client.' });
    expect(await checkWebClient('ws://127.0.0.1:1', null)).toBeNull();
    expect(await checkWebClient('ws://127.0.0.1:1', join(folder, 'nothing'))).toBeNull();
    expect(await checkWebClient('ws://127.0.0.1:1', folder)).toBeNull();
  });
});
