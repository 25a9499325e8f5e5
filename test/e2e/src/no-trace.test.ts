import { spawnSync, type ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PtyProgram } from '../../../packages/terminal/src/pty.fixture.ts';
import { end, Playground, SOTTO } from './processes.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;
if (!hasStrace && process.env['CI'] !== undefined) throw new Error('strace is needed (Debian: apt-get install strace)');

/** Every call that can make or change a file. */
const CALLS =
  'open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate,mknod,mknodat,bind';
/** Compiled code of Node and Sotto: the same for everybody, nothing of a person. */
const CODE_CACHE = /\/node-compile-cache\b/;

let playground: Playground;
let home: string;
beforeAll(async () => {
  playground = await Playground.create();
  home = playground.path('home');
  await mkdir(home);
});
afterAll(() => playground?.dispose());

const traced = (log: string, args: readonly string[]): string[] => [
  '-D',
  '-f',
  '-qq',
  '-o',
  playground.path(log),
  '-e',
  `trace=${CALLS}`,
  process.execPath,
  SOTTO,
  ...args,
];

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, HOME: home, XDG_DATA_HOME: '', TMPDIR: home });

/** What the process wrote to, or made, apart from devices and compiled code. */
async function written(log: string): Promise<string[]> {
  const lines = (await readFile(playground.path(log), 'utf8')).split('\n');
  expect(lines.length).toBeGreaterThan(100);
  return lines.filter((line) => {
    const reads = /\b(open|openat|openat2)\(/.test(line) && !/O_(WRONLY|RDWR|CREAT|TRUNC)/.test(line);
    const listens = /\bbind\(/.test(line) && !/sun_path="/.test(line);
    const other = !line.includes('(') || / \+\+\+ | --- /.test(line) || /resumed>/.test(line);
    const device = /"\/dev\/(null|tty|pts\/\d+|ptmx)"/.test(line);
    return !reads && !listens && !other && !device && !CODE_CACHE.test(line);
  });
}

describe.skipIf(!hasStrace)('a live node and throw-away chats, watched call by call', () => {
  it('TM-7, TM-19: write nothing at all but compiled code', async () => {
    const node: ChildProcess = spawn(
      'strace',
      traced('node', ['node', '--listen', '127.0.0.1:0', '--store', 'none', '--json']),
      {
        env: environment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const lines = createInterface({ input: node.stdout! })[Symbol.asyncIterator]();
    const { url } = JSON.parse(String((await lines.next()).value)) as { url: string };
    const chat = (name: string): PtyProgram =>
      new PtyProgram(
        'strace',
        traced(name, ['chat', '--ephemeral', '--name', name, '--node', url]),
        { columns: 100, rows: 30 },
        environment(),
      );
    const [ann, ben] = [chat('Ann'), chat('Ben')];
    try {
      await Promise.all([ann, ben].map((screen) => screen.shows(/token [a-z2-7]{12}[^]*online/)));
      ben.write(`/to Ann psst\r`);
      await ann.shows('? Ben');
      ann.write('\t/accept\rhere I am\r');
      await ben.shows('Ann here I am');
      for (const screen of [ann, ben]) screen.write('exit\r');
      expect(await Promise.all([ann.exited, ben.exited])).toEqual([0, 0]);
    } finally {
      ann.kill();
      ben.kill();
      await end(node, 'SIGTERM');
    }
    for (const log of ['node', 'Ann', 'Ben']) expect(await written(log), log).toEqual([]);
    expect((await readdir(home)).filter((name) => !CODE_CACHE.test(`/${name}`))).toEqual([]);
  });
});
