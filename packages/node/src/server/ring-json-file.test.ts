import { mkdtempSync } from 'node:fs';
import type * as Fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { ringJsonFile } from './ring-json-file.ts';

const calls: string[] = [];
const names = new Map<number, string>();

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  return {
    ...fs,
    openSync: (path: string, flags: string, mode?: number) => {
      const opened = fs.openSync(path, flags, mode);
      names.set(opened, path);
      return opened;
    },
    fsyncSync: (opened: number) => {
      calls.push(`flush ${names.get(opened)}`);
      fs.fsyncSync(opened);
    },
    renameSync: (from: string, to: string) => {
      calls.push(`rename ${to}`);
      fs.renameSync(from, to);
    },
  };
});

beforeEach(() => {
  calls.length = 0;
});

const state = {
  founders: [new Uint8Array(32)],
  epochSeconds: 600,
  admission: new Uint8Array(3),
  descriptors: [],
  proofs: [],
  sequence: 7,
  invites: [],
};

test('RING-46: the disk is waited for only when something changed', () => {
  const file = ringJsonFile(mkdtempSync(join(tmpdir(), 'sotto-ring-file-')));
  const renamed = (): number => calls.filter((call) => call.startsWith('rename')).length;
  file.save(state);
  file.save({ ...state, descriptors: [] });
  expect(renamed()).toBe(1);
  file.save({ ...state, sequence: 8 });
  file.save(state);
  expect(renamed()).toBe(3);
  expect(file.load()).toMatchObject(state);
});

test.skipIf(process.platform === 'win32')(
  'RING-45: what was kept is there after a power cut: the file, then its name',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'sotto-ring-file-'));
    const file = ringJsonFile(directory);
    file.save(state);
    const path = join(directory, 'ring.json');
    expect(calls).toEqual([`flush ${path}.new`, `rename ${path}`, `flush ${directory}`]);
    expect(file.load()).toMatchObject(state);
  },
);
