// `npm run demo`: a node and two people in throw-away profiles, on this machine only. Everything is removed at the end.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../packages/sotto/src/sotto.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'sotto-demo-'));
const running = new Set<ChildProcess>();

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Runs a client command to its end; resolves with the objects it printed. */
async function sotto(who: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const child = start([...args, '--json', '--profile', join(folder, who)]);
  const printed: Record<string, unknown>[] = [];
  for await (const line of createInterface({ input: child.stdout! })) printed.push(JSON.parse(line));
  if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode !== 0) throw new Error(`sotto ${args.join(' ')} ended with ${child.exitCode}`);
  return printed;
}

const say = (text: string): void => console.log(text);
const textOf = (message: Record<string, unknown> | undefined): string =>
  (message?.['content'] as { text: string } | undefined)?.text ?? '';

try {
  say('Starting a node in a temporary folder …');
  const node = start([
    'node',
    '--listen',
    '127.0.0.1:0',
    '--data',
    join(folder, 'node'),
    '--json',
    '--log-level',
    'error',
  ]);
  const first = await createInterface({ input: node.stdout! })[Symbol.asyncIterator]().next();
  const { url } = JSON.parse(String(first.value)) as { url: string };
  say(`  listening on ${url}\n`);

  for (const name of ['Alice', 'Bob']) {
    const [me] = await sotto(name, 'init', '--name', name, '--node', url);
    say(`${name} is ${String(me?.['address'])}`);
  }
  const [alice] = await sotto('Alice', 'whoami');
  await sotto('Bob', 'add', String(alice?.['invite']));

  say('\nBob writes while Alice is away:');
  const [sent] = await sotto('Bob', 'send', 'Alice', 'Are you there? The key is under the mat.', '--wait', 'stored');
  say(`  Bob    → "Are you there? The key is under the mat."   [${String(sent?.['state'])}]`);

  const disk = await Promise.all(
    (await readdir(join(folder, 'node'), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')),
  );
  const leaks = disk.filter((bytes) => bytes.includes('under the mat')).length;
  say(
    `  The node holds ${disk.reduce((sum, bytes) => sum + bytes.length, 0)} bytes; files with Bob's words in them: ${leaks}`,
  );

  say('\nAlice comes online:');
  await sotto('Alice', 'recv', '--timeout', '3');
  for (const request of await sotto('Alice', 'contacts', '--requests')) {
    say(`  A request from ${String(request['profileName'])}; Alice accepts it.`);
    await sotto('Alice', 'contacts', '--accept', String(request['address']));
  }
  const [received] = await sotto('Alice', 'recv', '--count', '1', '--timeout', '10');
  say(`  Alice  ← "${textOf(received)}"`);

  say('\nAlice answers while Bob is away, Bob fetches it later:');
  await sotto('Alice', 'send', 'Bob', 'On my way.', '--wait', 'stored');
  const [answer] = await sotto('Bob', 'recv', '--count', '1', '--timeout', '10');
  say(`  Bob    ← "${textOf(answer)}"`);
  say('\nBoth conversations were end-to-end encrypted; the node saw sealed envelopes of fixed sizes.');
  if (leaks > 0 || textOf(answer) !== 'On my way.') process.exitCode = 1;
} finally {
  for (const child of running) child.kill();
  await Promise.all([...running].map((child) => new Promise((resolve) => child.once('exit', resolve))));
  await rm(folder, { recursive: true, force: true });
}
