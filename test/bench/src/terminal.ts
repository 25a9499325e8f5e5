// The full-screen chat on a pseudo-terminal with 5,000 messages of history: first paint, and from a key to its echo.
// Run: node test/bench/src/terminal.ts [MESSAGES]
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createIdentity, openEngine, type EngineHandle } from '@sotto/engine';
import { openProfile } from '@sotto/engine/platform/node/profile';
import { PtyProgram } from '../../../packages/terminal/src/pty.fixture.ts';

const MESSAGES = Number(process.argv[2] ?? 5_000);
const AT_ONCE = 50;
const KEYS = 200;
const STARTS = 5;
const sotto = fileURLToPath(new URL('../../../packages/sotto/src/sotto.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
const ms = (since: bigint): number => Number(process.hrtime.bigint() - since) / 1e6;
const quantile = (values: number[], q: number): string =>
  (values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0).toFixed(1);

const node = spawn(process.execPath, [
  sotto,
  'node',
  '--json',
  '--store',
  'memory',
  '--listen',
  '127.0.0.1:0',
  '--data',
  join(folder, 'node'),
]);
try {
  const first = await createInterface({ input: node.stdout })[Symbol.asyncIterator]().next();
  const { url } = JSON.parse(String(first.value)) as { url: string };
  const [alice, bob] = await Promise.all(['Alice', 'Bob'].map((name) => person(name, url)));
  await converse(alice!, bob!);
  await Promise.all([alice!.close(), bob!.close()]);
  await measure();
} finally {
  node.kill();
  await rm(folder, { recursive: true, force: true });
}

async function person(name: string, url: string): Promise<EngineHandle> {
  const profile = openProfile(join(folder, name));
  await createIdentity(profile.platform, { name, node: url });
  const engine = await openEngine(profile.platform);
  const close = engine.close.bind(engine);
  engine.close = async () => {
    await close();
    profile.close();
  };
  return engine;
}

async function converse(alice: EngineHandle, bob: EngineHandle): Promise<void> {
  let invite = '';
  while (invite === '') {
    invite = (await alice.whoami({})).invite;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const toAlice = (await bob.add({ to: invite })).address;
  await bob.send({ to: toAlice, text: 'hello', wait: 'stored' });
  const toBob = (await bob.whoami({})).address;
  while (!(await alice.contacts({})).some(({ address }) => address === toBob)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await alice.updateContact({ address: toBob, status: 'accepted' });
  for (let sent = 0; sent < MESSAGES; sent += AT_ONCE) {
    process.stderr.write(`\r${sent} of ${MESSAGES} messages`);
    const [from, to] = (sent / AT_ONCE) % 2 === 0 ? [alice, toBob] : [bob, toAlice];
    const batch = Array.from({ length: AT_ONCE }, (_, at) => `message number ${sent + at} of a long conversation`);
    await Promise.all(batch.map((text) => from.send({ to, text, wait: 'stored' })));
  }
  process.stderr.write('\r');
}

async function measure(): Promise<void> {
  const paints: number[] = [];
  const echoes: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const startedAt = process.hrtime.bigint();
    const chat = new PtyProgram(process.execPath, [sotto, 'chat', '--profile', join(folder, 'Alice')], {
      columns: 80,
      rows: 24,
    });
    await chat.shows(/message number \d+.*[^]*\n>/);
    paints.push(ms(startedAt));
    await chat.shows('online');
    for (let key = 0; key < KEYS / STARTS; key++) {
      const letter = String.fromCharCode(97 + (key % 26));
      const before = chat.raw.length;
      const pressedAt = process.hrtime.bigint();
      chat.write(letter);
      while (!chat.raw.slice(before).includes(letter)) await new Promise(setImmediate);
      echoes.push(ms(pressedAt));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    chat.write('\u0015exit\r');
    await chat.exited;
  }
  console.log(
    `chat with ${MESSAGES} messages of history: first paint ${quantile(paints, 0.5)} ms (from the start of the process);`,
  );
  console.log(`key to echo: median ${quantile(echoes, 0.5)} ms, p99 ${quantile(echoes, 0.99)} ms`);
}
