import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashOfFiles } from '../../build/build-list.ts';
import { checkBuild } from './check-build.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const own = { 'index.html': '<!doctype html>', 'assets/app-1.js': 'start()' };
const files = Object.fromEntries(Object.entries(own).map(([path, text]) => [path, sha256(text)]));

/** A node with these files and this list; null: no list. */
function served(texts: Record<string, string>, list: object | null): typeof fetch {
  return (url) => {
    const path = new URL(url as URL).pathname.slice(1);
    if (path === 'build.json') {
      return Promise.resolve(list === null ? new Response('', { status: 404 }) : Response.json(list));
    }
    return Promise.resolve(path in texts ? new Response(texts[path]) : new Response('', { status: 404 }));
  };
}

const check = (get: typeof fetch) => checkBuild(get, 'https://node.example/');

test('WEB-10: the page compares every file it is made of, and computes the hash of the list itself', async () => {
  const list = { hash: 'not believed', files };
  const hash = hashOfFiles(files);
  expect(await check(served(own, list))).toEqual({ state: 'same', hash, checkedFiles: 2, differentFiles: [] });
  expect(await check(served({ ...own, 'assets/app-1.js': 'evil()' }, list))).toMatchObject({
    state: 'different',
    differentFiles: ['assets/app-1.js'],
  });
  expect(await check(served({}, list))).toMatchObject({ state: 'different', checkedFiles: 2 });
});

test('WEB-10: a list that cannot be had says nothing', async () => {
  const expected = { state: 'unreachable', hash: null };
  expect(await check(served(own, null))).toMatchObject(expected);
  expect(await check(() => Promise.reject(new TypeError('offline')))).toMatchObject(expected);
});
