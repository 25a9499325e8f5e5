import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, runTool } from './workspace.ts';

/**
 * The architecture's import rules, held by three locks: package dependencies, the compiler's libraries and lint.
 * Each case is a line that must not get past its lock; one allowed line a folder proves that the lock opens at all.
 */
const forbidden: readonly (readonly [folder: string, line: string])[] = [
  ['protocol/src/wire', "import { seal } from '../sealed/index.ts';"],
  ['protocol/src/crypto', "import { decodePacket } from '../wire/index.ts';"],
  ['protocol/src/noise', "import { verifyCertificate } from '../identity/index.ts';"],
  ['protocol/src/noise', "import { x25519 } from '@noble/curves/ed25519.js';"],
  ['protocol/src/identity', "import { LinkChannel } from '../link/index.ts';"],
  ['protocol/src/handshake', "import { encrypt } from '../ratchet/index.ts';"],
  ['protocol/src/braid', "import { decryptRatchet } from '../ratchet/index.ts';"],
  ['protocol/src/handshake', "import { startSparse } from '../braid/index.ts';"],
  ['protocol/src/ratchet', "import { seal } from '../sealed/index.ts';"],
  ['protocol/src/mailbox', "import { open } from '../sealed/index.ts';"],
  ['protocol/src/ratchet', "import { readFileSync } from 'node:fs';"],
  ['protocol/src/link', "import WebSocket from 'ws';"],
  ['protocol/src/mailbox', "import { partitionOf } from '../ring/index.ts';"],
  ['protocol/src/ring', "import { LinkChannel } from '../link/index.ts';"],
  ['protocol/src/ring', 'export const chance = Math.random();'],
  ['node/src/ring', 'export const now = Date.now();'],
  ['protocol/src/mailbox', 'export const now = Date.now();'],
  ['protocol/src/mailbox', 'export const chance = Math.random();'],
  ['protocol/src/sealed', 'export const key = crypto.getRandomValues(new Uint8Array(32));'],
  ['protocol/src/link', 'setTimeout(() => undefined, 1);'],
  ['node/src/relay', "import { decryptRatchet } from '@sotto/protocol/ratchet';"],
  ['node/src/relay', "import { open } from '@sotto/protocol/sealed';"],
  ['node/src/relay', "import { acceptSession } from '@sotto/protocol/handshake';"],
  ['node/src/relay', "import { Engine } from '@sotto/engine';"],
  ['node/src/relay', 'export const now = Date.now();'],
  ['engine/src/outbox', "import { NodeCore } from '@sotto/node';"],
  ['engine/src/outbox', "import { readFileSync } from 'node:fs';"],
  ['engine/src/outbox', "import { nodePrimitives } from '@sotto/primitives-node';"],
  ['engine/src/outbox', "import { wsDialer } from '../platform/node/index.ts';"],
  ['engine/src/outbox', 'export const now = Date.now();'],
  ['engine/src/platform/node', "import { NodeCore } from '@sotto/node';"],
  ['terminal/src', "import { NodeCore } from '@sotto/node';"],
  ['terminal/src', "import { decodePacket } from '@sotto/protocol/wire';"],
  ['web/src/list', "import { NodeCore } from '@sotto/node';"],
  ['web/src/list', "import { decodePacket } from '@sotto/protocol/wire';"],
  ['web/src/list', "import { openProfile } from '@sotto/engine/platform/node';"],
  ['web/src/list', "import { readFileSync } from 'node:fs';"],
  ['web/src/list', "export const socket = new WebSocket('ws://127.0.0.1');"],
  ['web/src/list', "document.body.innerHTML = '<b>';"],
  ['engine/src/platform/browser', "import { readFileSync } from 'node:fs';"],
  ['engine/src/platform/browser', "import { nodePrimitives } from '@sotto/primitives-node';"],
  ['sotto/src', "import { Engine } from '@sotto/engine';"],
  ['primitives-node/src', "import { verifyCertificate } from '@sotto/protocol/identity';"],
  ['primitives-web/src', "import { verifyCertificate } from '@sotto/protocol/identity';"],
];

const allowed: readonly (readonly [folder: string, line: string])[] = [
  ['protocol/src/sealed', "import { x } from '../crypto/index.ts';\nexport { x };"],
  ['protocol/src/ring', "import { x } from '../mailbox/index.ts';\nexport { x };"],
  ['node/src/relay', "import { x } from '@sotto/protocol/ring';\nexport { x };"],
  ['engine/src/outbox', "import { x } from '@sotto/protocol/ring';\nexport { x };"],
  ['node/src/relay', "import { x } from '@sotto/protocol/wire';\nexport { x };"],
  ['engine/src/platform/node', "import { readFileSync } from 'node:fs';\nexport { readFileSync };"],
  ['terminal/src', "import { x } from '@sotto/engine';\nexport { x };"],
  ['web/src/list', "import { x } from '@sotto/engine/platform/browser';\nexport { x };"],
  ['engine/src/platform/browser', "import { x } from '@sotto/primitives-web';\nexport { x };"],
  ['primitives-node/src', "import { x } from '@sotto/protocol/crypto';\nexport { x };"],
];

describe('REPO-1: import rules hold', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sotto-lint-'));
    await cp(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function lint(at: string, line: string): Promise<{ code: number; output: string }> {
    const file = join(folder, 'packages', at, 'probe.ts');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${line}\n`);
    try {
      return await runTool('oxlint/bin/oxlint', [file], folder);
    } finally {
      await rm(file);
    }
  }

  it.each(forbidden)('%s must not contain: %s', async (at, line) => {
    const { code, output } = await lint(at, line);
    expect(output).toMatch(/no-restricted-(imports|globals|properties)/);
    expect(code).not.toBe(0);
  });

  it.each(allowed)('%s may contain: %s', async (at, line) => {
    const { output } = await lint(at, line);
    expect(output).not.toMatch(/no-restricted-/);
  });
});

describe('REPO-2: pure packages do not see Node or the DOM', () => {
  it.each([
    ['protocol', 'export const a = process.pid;'],
    ['protocol', 'export const a = document.title;'],
    ['protocol', 'export const a: Buffer | null = null;'],
    ['engine', 'export const a = process.pid;'],
    ['engine', 'export const a = window.name;'],
  ])('%s does not compile: %s', async (name, line) => {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-types-'));
    try {
      const settings = JSON.parse(await readFile(join(root, 'packages', name, 'tsconfig.json'), 'utf8')) as {
        compilerOptions: { types?: string[] };
      };
      const base = JSON.parse(await readFile(join(root, 'tsconfig.base.json'), 'utf8')) as {
        compilerOptions: { types: string[]; lib: string[] };
      };
      const { types, lib } = { ...base.compilerOptions, ...settings.compilerOptions };
      await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
      await writeFile(join(folder, 'probe.ts'), `${line}\n`);
      await writeFile(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: { types, lib, module: 'nodenext', noEmit: true }, files: ['probe.ts'] }),
      );
      const { code, output } = await runTool('typescript/bin/tsc', ['-p', folder], folder);
      expect(output).toMatch(/Cannot find name/);
      expect(code).not.toBe(0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('REPO-3: package dependencies follow the architecture', () => {
  const mayDependOn: Record<string, readonly string[]> = {
    protocol: [],
    'primitives-node': ['@sotto/protocol'],
    'primitives-web': ['@sotto/protocol'],
    node: ['@sotto/protocol', '@sotto/primitives-node'],
    engine: ['@sotto/protocol', '@sotto/primitives-node', '@sotto/primitives-web'],
    terminal: ['@sotto/engine'],
    web: ['@sotto/engine'],
    sotto: ['@sotto/node', '@sotto/terminal', '@sotto/web'],
  };

  it.each(Object.keys(mayDependOn))('%s', async (name) => {
    const text = await readFile(join(root, 'packages', name, 'package.json'), 'utf8');
    const { dependencies = {} } = JSON.parse(text) as { dependencies?: Record<string, string> };
    const own = Object.keys(dependencies).filter((dependency) => dependency.startsWith('@sotto/'));
    expect(own.filter((dependency) => !mayDependOn[name]?.includes(dependency))).toEqual([]);
    const loose = Object.entries(dependencies).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    expect(loose, 'versions are pinned exactly').toEqual([]);
  });
});
