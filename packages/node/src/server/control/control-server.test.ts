import { mkdtempSync, statSync } from 'node:fs';
import type * as Fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { serveControl } from './control-server.ts';

// What it does afterwards would hide how it was made.
vi.mock('node:fs', async (original) => ({ ...(await original<typeof Fs>()), chmodSync: () => {} }));

test.skipIf(process.platform === 'win32')('RING-49: the socket is the user’s alone from its first moment', async () => {
  const address = join(mkdtempSync(join(tmpdir(), 'sotto-control-')), 'control.sock');
  const before = process.umask(0);
  try {
    const handlers = {
      status: () => Promise.reject(new Error('none')),
      invite: () => null,
      leave: () => Promise.resolve(),
    };
    const server = await serveControl(address, handlers);
    expect(statSync(address).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(0);
    server.close();
  } finally {
    process.umask(before);
  }
});
