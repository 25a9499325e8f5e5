import { spawn } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ALICE, envelope, filled } from '../contract/samples.ts';
import { type QueuedEnvelope, type RelayStore } from '../relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store-limits.ts';
import { makeDataDir } from './harness.contract.ts';
import { openSqliteStore } from './sqlite-store.ts';

const WRITER = fileURLToPath(new URL('./crash-writer.contract.ts', import.meta.url));
const ROUNDS = 6;

/** Runs the writer and kills it some time after its first words; returns the lines it got out. */
async function runAndKill(dataDir: string, round: number, delayMs: number): Promise<string[]> {
  const said = join(dataDir, 'said');
  await writeFile(said, '');
  const child = spawn(process.execPath, [WRITER, dataDir, String(round)], { stdio: 'inherit' });
  const closed = new Promise((resolve) => child.once('close', resolve));
  while ((await stat(said)).size === 0 && child.exitCode === null) await sleep(5);
  await sleep(delayMs);
  child.kill('SIGKILL');
  await closed;
  expect(child.signalCode).toBe('SIGKILL');
  return (await readFile(said, 'utf8')).split('\n').slice(0, -1);
}

async function takeAll(store: RelayStore): Promise<QueuedEnvelope[]> {
  const all: QueuedEnvelope[] = [];
  for (;;) {
    const page = await store.take(ALICE, 1, all.at(-1)?.sequence ?? 0, 500);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex');

test('STORE-19: what was promised before a crash is there, once, and what was taken stays away', async () => {
  const dataDir = await makeDataDir();
  const said = new Map(['store', 'stored', 'acknowledge', 'acknowledged'].map((verb) => [verb, new Set<string>()]));
  for (let round = 0; round < ROUNDS; round++) {
    const lines = await runAndKill(dataDir, round, 10 + Math.floor(Math.random() * 150));
    for (const line of lines) {
      const [verb, name] = line.split(' ') as [string, string];
      said.get(verb)!.add(name);
    }

    const pace = { generation: 50, rowsPerCommit: 7, rowsPerEnvelope: 3, removals: 5 };
    const limits = DEFAULT_STORE_LIMITS;
    const store = await openSqliteStore({ dataDir, limits, maxFileBytes: null, pace });
    const queued = await takeAll(store);
    const names = new Map([...said.get('store')!].map((name) => [hex(envelope(name).id), name]));
    const found = queued.map(({ id }) => names.get(hex(id)) ?? 'unknown');
    expect(found).toHaveLength(new Set(found).size);
    expect(found).not.toContain('unknown');
    expect(await store.waiting(ALICE, 1)).toBe(found.length);
    for (const { id, body } of queued) {
      const n = Number(names.get(hex(id))!.split('-')[1]);
      expect(Buffer.compare(body, filled(100 + (n % 9) * 700, n))).toBe(0);
    }
    const there = new Set(found);
    const lost = [...said.get('stored')!].filter((name) => !there.has(name) && !said.get('acknowledge')!.has(name));
    expect(lost).toEqual([]);
    const returned = [...said.get('acknowledged')!].filter((name) => there.has(name));
    expect(returned).toEqual([]);
    const copies = [...said.get('acknowledged')!].slice(-200).map((name) => envelope(name));
    expect(await store.store(copies)).toEqual(copies.map(() => 'acknowledged'));
    await store.close();
  }
  expect(said.get('acknowledged')!.size).toBeGreaterThan(ROUNDS);
  await rm(dataDir, { recursive: true });
});
