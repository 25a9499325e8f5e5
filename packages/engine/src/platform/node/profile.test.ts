import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { profileDirectory } from './profile-directory.ts';
import { openEphemeralProfile, openProfile } from './profile.ts';

const root = mkdtempSync(join(tmpdir(), 'sotto-profile-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(root, `p${count++}`, 'deeper');
const isPosix = process.platform !== 'win32';
const modeOf = (path: string): number => (isPosix ? statSync(path).mode & 0o777 : 0);

describe('openProfile', () => {
  it('PROF-1: the directory is what was given, else SOTTO_PROFILE, else under the data directory', () => {
    expect(profileDirectory(join(root, 'x'), { SOTTO_PROFILE: '/elsewhere' })).toBe(join(root, 'x'));
    expect(profileDirectory(undefined, { SOTTO_PROFILE: join(root, 'y') })).toBe(join(root, 'y'));
    expect(profileDirectory(undefined, {})).toMatch(/sotto.*default$/);
    expect(profileDirectory(undefined, { SOTTO_PROFILE: '' })).toMatch(/default$/);
  });

  it('PROF-2: makes the profile, keeps key and rows, only its user can read them', () => {
    const directory = fresh();
    const profile = openProfile(directory);
    const databaseKey = profile.platform.databaseKey.slice();
    expect(databaseKey).toHaveLength(32);
    profile.platform.store.run('CREATE TABLE t (v)');
    profile.platform.store.run('INSERT INTO t VALUES (7)');
    const open = ['', ...readdirSync(directory)].filter((file) => modeOf(join(directory, file)) & 0o077);
    expect(open).toEqual([]);
    profile.close();
    const again = openProfile(directory);
    expect(again.platform.databaseKey).toEqual(databaseKey);
    expect(again.platform.store.get('SELECT v FROM t')?.['v']).toBe(7);
    again.close();
    const other = openProfile(fresh());
    expect(other.platform.databaseKey).not.toEqual(databaseKey);
    other.close();
  });

  it.runIf(isPosix)('PROF-2: closes files that others could read', () => {
    const directory = fresh();
    openProfile(directory).close();
    chmodSync(directory, 0o755);
    chmodSync(join(directory, 'database.key'), 0o644);
    openProfile(directory).close();
    expect(modeOf(directory)).toBe(0o700);
    expect(modeOf(join(directory, 'database.key'))).toBe(0o600);
  });

  it('RPC-1: a profile has one owner, and is free again after close', () => {
    const directory = fresh();
    const owner = openProfile(directory);
    expect(() => openProfile(directory)).toThrow(expect.objectContaining({ name: 'ProfileError', code: 'in-use' }));
    owner.close();
    openProfile(directory).close();
  });

  it('PROF-3: says when the directory cannot be written to', () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    expect(() => openProfile(file)).toThrow(expect.objectContaining({ code: 'not-writable' }));
    expect(() => openProfile(join(file, 'below'))).toThrow(/--profile/);
  });

  it('PROF-4: says when the key is missing or damaged, and when the database is', () => {
    const directory = fresh();
    openProfile(directory).close();
    truncateSync(join(directory, 'database.key'), 31);
    expect(() => openProfile(directory)).toThrow(expect.objectContaining({ code: 'corrupt' }));
    rmSync(join(directory, 'database.key'));
    expect(() => openProfile(directory)).toThrow(/database\.key is missing/);
    expect(existsSync(join(directory, 'database.key'))).toBe(false);

    const damaged = fresh();
    openProfile(damaged).close();
    writeFileSync(join(damaged, 'sotto.db'), 'x'.repeat(5000));
    expect(() => openProfile(damaged)).toThrow(/sotto\.db is damaged/);
    // It is not left locked.
    expect(() => openProfile(damaged)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });

  it('CSTORE-9: an ephemeral profile leaves nothing on the disk', () => {
    const before = readdirSync(root);
    const profile = openEphemeralProfile();
    profile.platform.store.run('CREATE TABLE t (v)');
    profile.platform.openMemoryStore().run('CREATE TABLE t (v)');
    expect(profile).toMatchObject({ directory: null, keyProtection: 'memory' });
    expect(profile.platform.store.get('SELECT file FROM pragma_database_list')?.['file']).toBe('');
    profile.close();
    expect(readdirSync(root)).toEqual(before);
  });
});
