import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const DEMO = fileURLToPath(new URL('../../../scripts/demo.ts', import.meta.url));

it('WAY-5: npm run demo shows a conversation, and that the node has none of its words', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [DEMO]);
  expect(stdout).toContain("files with Bob's words in them: 0");
  expect(stdout).toMatch(/Alice +← "Are you there\?[^]*Bob +← "On my way\."/);
}, 120_000);
