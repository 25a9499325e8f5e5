import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '@sotto/primitives-node';
import { utf8 } from '@sotto/protocol/crypto';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { lastBackup } from '../../backup/last-backup.ts';
import { Contacts } from '../../contacts/contacts.ts';
import { createIdentity, hasIdentity } from '../../create-identity.ts';
import { EventStream } from '../../event-stream.ts';
import { History } from '../../history/history.ts';
import { Database } from '../../store/database.ts';
import { backUpProfile, restoreBackup } from './backup-profile.ts';
import { changeLock } from './keys/change-lock.ts';
import { openProfile } from './profile.ts';
import type { Profile } from './profile.ts';

const disk = vi.hoisted(() => ({ room: Infinity }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      const file = await real.open(...args);
      const write = file.write.bind(file) as (bytes: Uint8Array, from: number) => Promise<{ bytesWritten: number }>;
      const limited = async (bytes: Uint8Array, from = 0): Promise<{ bytesWritten: number }> => {
        if (disk.room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        const part = bytes.subarray(0, from + Math.min(disk.room, bytes.length - from));
        disk.room -= part.length - from;
        return await write(part, from);
      };
      return Object.assign(file, { write: limited });
    },
  };
});

const root = mkdtempSync(join(tmpdir(), 'sotto-backup-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const fresh = (name: string): string => join(root, `${name}${count++}`);
const cost = { memoryKiB: 8 << 10, passes: 1 };
const options = {
  passphrase: utf8('correct horse'),
  onProgress: () => undefined,
  signal: null,
  ask: null,
  force: false,
  cost,
};
const restoring = {
  passphrase: options.passphrase,
  onProgress: () => undefined,
  signal: null,
  total: 0,
  revokeOthers: false,
  phrase: null,
  node: null,
};

/** @returns a way to write one more message */
function historyOf({ platform }: Profile, messages: number): () => void {
  const database = new Database(platform);
  const events = new EventStream(database);
  const contacts = new Contacts(database, platform.primitives, events);
  const history = new History(database, contacts, events, { address: 'me', name: () => '' });
  const contact = contacts.all()[0] ?? contacts.add(systemRandom(32), 'accepted');
  const record = { text: 'x'.repeat(1000), sentAt: 1, receivedAt: 1 };
  const message = { outgoing: false, unread: false, device: 1, order: 0, state: 'read' as const, record };
  const write = (): void => void history.insert(contact, { ...message, contentId: systemRandom(16) });
  database.transaction(() => {
    for (let i = 0; i < messages; i++) write();
  });
  return write;
}

async function newProfile(messages: number): Promise<string> {
  const directory = fresh('profile');
  const profile = openProfile(directory);
  await createIdentity(profile.platform, { name: 'Anna', node: 'ws://127.0.0.1:9' });
  historyOf(profile, messages);
  profile.close();
  return directory;
}

describe('a backup file', () => {
  it('BAK-5: is written beside a profile in use, holds its state of one moment, and is noted', async () => {
    const directory = await newProfile(300);
    const owner = openProfile(directory);
    const write = historyOf(owner, 0);
    const file = fresh('backup');
    const onProgress = vi.fn(write);
    const { counts, bytes } = await backUpProfile(directory, file, { ...options, onProgress });
    expect(onProgress.mock.calls.length).toBeGreaterThan(5);
    expect(counts).toMatchObject({ messages: 300, contacts: 1 });
    expect(statSync(file).size).toBe(bytes);
    expect(statSync(file).mode & 0o077 & (process.platform === 'win32' ? 0 : -1)).toBe(0);
    expect(lastBackup(new Database(owner.platform))).toMatchObject({ messages: 300 });
    owner.close();
    const restored = fresh('restored');
    await restoreBackup(restored, file, restoring);
    const profile = openProfile(restored);
    expect(hasIdentity(profile.platform)).toBe(true);
    expect(profile.platform.store.get('SELECT count(*) AS n FROM message')?.['n']).toBe(300);
    profile.close();
  });

  it('BAK-5: does not take the place of another one unless told to, and then all at once', async () => {
    const directory = await newProfile(3);
    const file = fresh('backup');
    writeFileSync(file, 'precious');
    await expect(backUpProfile(directory, file, options)).rejects.toMatchObject({ code: 'bad-input' });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    await backUpProfile(directory, file, { ...options, force: true });
    await restoreBackup(fresh('restored'), file, restoring);
  });

  it('BAK-5: with the disk full, stopped, or nowhere to write, the older one is untouched and nothing is left', async () => {
    const directory = await newProfile(300);
    const file = fresh('backup');
    writeFileSync(file, 'precious');
    const before = readdirSync(root).sort();
    for (const room of [0, 50, 100_000]) {
      disk.room = room;
      const full = backUpProfile(directory, file, { ...options, force: true });
      await expect(full).rejects.toMatchObject({ code: 'disk-full' });
    }
    disk.room = Infinity;
    const stopped = backUpProfile(directory, file, { ...options, force: true, signal: { aborted: true } });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(readdirSync(root).sort()).toEqual(before);
    const nowhere = backUpProfile(directory, join(root, 'no', 'where'), options);
    await expect(nowhere).rejects.toThrow(/cannot be written \(ENOENT\)/);
    const profile = openProfile(directory);
    expect(lastBackup(new Database(profile.platform))).toBeNull();
    profile.close();
  });

  it('BAK-5: of a locked profile needs its passphrase, and has one of its own', async () => {
    const directory = await newProfile(3);
    const secret = (): Uint8Array => utf8('of the profile');
    await changeLock(directory, null, () => Promise.resolve({ way: 'passphrase', passphrase: secret(), cost }));
    const file = fresh('backup');
    await expect(backUpProfile(directory, file, options)).rejects.toMatchObject({ code: 'locked' });
    expect(existsSync(file)).toBe(false);
    await backUpProfile(directory, file, { ...options, ask: () => Promise.resolve(secret()) });
    await restoreBackup(fresh('restored'), file, restoring);
  });

  it('PROF-4: the key of another profile is told apart, and changes nothing', async () => {
    const [one, other] = [await newProfile(1), await newProfile(1)];
    const [key, strange] = [one, other].map((directory) => readFileSync(join(directory, 'database.key')));
    writeFileSync(join(one, 'database.key'), strange!);
    expect(() => openProfile(one)).toThrow(/key of another profile/);
    await expect(backUpProfile(one, fresh('backup'), options)).rejects.toMatchObject({ code: 'corrupt' });
    writeFileSync(join(one, 'database.key'), key!);
    openProfile(one).close();
  });

  it('BAK-1: with a damaged row no backup is made: it would leave something out', async () => {
    const directory = await newProfile(3);
    const profile = openProfile(directory);
    profile.platform.store.run('UPDATE message SET sealed = zeroblob(100) WHERE position = 2');
    profile.close();
    const file = fresh('backup');
    await expect(backUpProfile(directory, file, options)).rejects.toThrow(/cannot be used just now/);
    expect(existsSync(file)).toBe(false);
  });

  it('BAK-5: of nothing is not made, and from nothing nothing is restored', async () => {
    await expect(backUpProfile(fresh('none'), fresh('backup'), options)).rejects.toMatchObject({ code: 'not-found' });
    await expect(restoreBackup(fresh('none'), fresh('backup'), restoring)).rejects.toThrow(/cannot be read \(ENOENT\)/);
    const directory = fresh('empty');
    openProfile(directory).close();
    await expect(backUpProfile(directory, fresh('backup'), options)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('BAK-8: what cannot be restored leaves no profile behind, and one that was there is left as it is', async () => {
    const file = fresh('backup');
    await backUpProfile(await newProfile(3), file, options);
    const wrong = { ...restoring, passphrase: utf8('another passphrase') };
    const directory = fresh('restored');
    await expect(restoreBackup(directory, file, wrong)).rejects.toMatchObject({ code: 'wrong-passphrase' });
    expect(readdirSync(directory).filter((name) => name !== 'owner.lock')).toEqual([]);
    await restoreBackup(directory, file, restoring);
    await expect(restoreBackup(directory, file, restoring)).rejects.toMatchObject({ code: 'bad-input' });
    const profile = openProfile(directory);
    expect(hasIdentity(profile.platform)).toBe(true);
    profile.close();
    // A key that somebody put there is his.
    const prepared = fresh('prepared');
    openProfile(prepared).close();
    await expect(restoreBackup(prepared, file, wrong)).rejects.toMatchObject({ code: 'wrong-passphrase' });
    expect(readdirSync(prepared)).toEqual(expect.arrayContaining(['database.key', 'sotto.db']));
  });
});
