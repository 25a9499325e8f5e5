import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltImage, buildByHand, ignoredFiles, inFolder } from './image-by-hand.ts';

const NOBODY = 65_534;
const BUILD_MS = 600_000;

let folder: string;
let image: BuiltImage;
let node: ChildProcess;
let url: string;

/** As a container would run it: its user, its environment, its folders. */
function start(command: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const [program = '', ...rest] = command;
  const asSomebodyElse = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const own = Object.entries(image.environment).map(([name, value]) => [name, inFolder(image.root, value)]);
  return spawn(join(image.root, 'usr/local/bin', program), rest, {
    cwd: join(image.root, image.workingDirectory),
    env: {
      PATH: `${join(image.root, 'usr/local/bin')}:/usr/bin:/bin`,
      HOME: '/nonexistent',
      TMPDIR: join(image.root, 'tmp'),
      ...Object.fromEntries(own),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...asSomebodyElse,
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-image-'));
  chmodSync(folder, 0o755);
  image = await buildByHand(folder);
  // What the base image brings.
  copyFileSync(process.execPath, join(image.root, 'usr/local/bin/node'));
  mkdirSync(join(image.root, 'tmp'));
  chmodSync(join(image.root, 'tmp'), 0o1777);
  node = start(image.command, { SOTTO_LISTEN: '127.0.0.1:0' });
  let errors = '';
  node.stderr!.on('data', (data: Buffer) => (errors += data.toString()));
  const line = await createInterface({ input: node.stdout! })[Symbol.asyncIterator]().next();
  if (line.done === true) throw new Error(`the node did not start: ${errors}`);
  url = line.value.split(' ')[1]!.replace(/^ws/, 'http');
}, BUILD_MS);

afterAll(async () => {
  node?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}, BUILD_MS);

describe('the container image', () => {
  it('OPS-53: built step by step from a clean copy, it runs as somebody without rights, and serves links, /v1 and the web client', async () => {
    expect(image.user).toBe('node');
    expect(existsSync(join(image.root, 'data/node-identity.json'))).toBe(true);
    expect(await (await fetch(url)).text()).toContain('<div id="root">');
    expect(await (await fetch(`${url}/v1/node`)).json()).toHaveProperty('descriptor');
  });

  it('OPS-53: its health check tells a node that answers from one that does not', () => {
    const [, ...rest] = image.healthCheck;
    const check = (port: string): number | null =>
      spawnSync(
        process.execPath,
        rest.map((word) => word.replace(':8080', `:${port}`)),
      ).status;
    expect(check(new URL(url).port)).toBe(0);
    expect(check('1')).toBe(1);
  });

  it('OPS-53: it is the worker, too, and stops when it is asked to', async () => {
    const worker = start(['sotto', 'worker']);
    let said = '';
    worker.stderr!.on('data', (data: Buffer) => (said += data.toString()));
    const [code] = (await once(worker, 'close')) as [number];
    expect(said).toContain('a worker works for a database');
    expect(code).toBe(78);
    node.kill('SIGTERM');
    expect(await once(node, 'exit')).toEqual([0, null]);
  });

  it('OPS-53: it holds what running needs, no tests and no tools that build', () => {
    const app = join(image.root, 'app');
    for (const path of ['packages/web/dist/index.html', 'packages/terminal/src/main.ts', 'LICENSE']) {
      expect(existsSync(join(app, path)), path).toBe(true);
    }
    const modules = ['typescript', 'vitest', 'vite', 'react', 'node'].map((name) => `node_modules/${name}`);
    for (const path of ['test', 'docs', '.git', 'packages/node/src/main.test.ts', ...modules]) {
      expect(existsSync(join(app, path)), path).toBe(false);
    }
    const files = readdirSync(app, { recursive: true, encoding: 'utf8' });
    const bytes = files.reduce((sum, path) => sum + lstatSync(join(app, path)).size, 0);
    expect(bytes).toBeLessThan(80e6);
  });

  it('OPS-53: nothing that is secret or was made here gets into it', async () => {
    const isIgnored = await ignoredFiles();
    const secret = ['.env', 'node-identity.json', 'data/node-identity.json', 'key.pem', 'room.key'];
    for (const path of [...secret, '.git/config', 'packages/web/dist/index.html', 'test/e2e/src/processes.ts']) {
      expect(isIgnored(path), path).toBe(true);
    }
    for (const path of ['test/e2e/package.json', 'package-lock.json']) expect(isIgnored(path), path).toBe(false);
  });
});
