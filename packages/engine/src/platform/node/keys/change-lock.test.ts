import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { utf8 } from '@sotto/protocol/crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { prepareProfileDirectory } from '../profile-directory.ts';
import { openProfile } from '../profile.ts';
import { changeLock, lockOf } from './change-lock.ts';
import type { NewLock } from './change-lock.ts';
import { unlockDatabaseKey } from './database-key.ts';
import { passphraseKeyFile, plainKeyFile } from '../../../keys/key-file.ts';
import { decodeDatabaseKey } from './decode-database-key.ts';
import { systemKeyring } from './keyring.ts';
import type { Keyring } from './keyring.ts';
import { ProfileError } from '../profile-error.ts';

/** From the call with this number on, nothing reaches the disk any more: the machine is gone. */
const power = vi.hoisted(() => ({ lostAt: Infinity, calls: 0 }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const failing = <Args extends unknown[], Result>(call: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      if (power.calls++ >= power.lostAt) throw new Error('power lost');
      return call(...args);
    };
  };
  return {
    ...real,
    openSync: failing(real.openSync),
    writeSync: (file: number, bytes: Uint8Array, from = 0, length = bytes.length - from, at: number | null = null) => {
      if (power.calls++ < power.lostAt) return real.writeSync(file, bytes, from, length, at);
      if (power.calls === power.lostAt + 1) real.writeSync(file, bytes, from, length >> 1, at);
      throw new Error('power lost');
    },
    fsyncSync: failing(real.fsyncSync),
    renameSync: failing(real.renameSync),
    rmSync: failing(real.rmSync),
  };
});

const root = mkdtempSync(join(tmpdir(), 'sotto-lock-'));
afterAll(() => {
  power.lostAt = Infinity;
  rmSync(root, { recursive: true, force: true });
});

const cost = { memoryKiB: 8 << 10, passes: 1 };
const [first, second] = ['correct horse', 'battery staple'];
const answering = (...passphrases: string[]) => {
  const asked: number[] = [];
  const ask = (attempt: number): Promise<Uint8Array | null> => {
    asked.push(attempt);
    const next = passphrases[attempt - 1];
    return Promise.resolve(next === undefined ? null : utf8(next));
  };
  return { ask, asked };
};
const toPassphrase = (text: string) => (): Promise<NewLock> =>
  Promise.resolve({ way: 'passphrase', passphrase: utf8(text), cost });
const to = (way: 'file' | 'keyring') => (): Promise<NewLock> => Promise.resolve({ way });

class FakeKeyring implements Keyring {
  readonly entries = new Map<string, Uint8Array>();
  get(entry: string): Uint8Array | null {
    return this.entries.get(entry)?.slice() ?? null;
  }
  set(entry: string, secret: Uint8Array): void {
    this.entries.set(entry, secret.slice());
  }
  remove(entry: string): void {
    this.entries.delete(entry);
  }
}

let count = 0;
function newProfile(): { directory: string; file: string; key: Uint8Array } {
  const directory = join(root, `p${count++}`);
  const profile = openProfile(directory);
  const key = profile.platform.databaseKey.slice();
  profile.platform.store.run('CREATE TABLE kept (v)');
  profile.platform.store.run('INSERT INTO kept VALUES (7)');
  profile.close();
  return { directory, file: join(directory, 'database.key'), key };
}

const unlock = (directory: string, ask: ReturnType<typeof answering>['ask'] | null, keyring?: Keyring) =>
  unlockDatabaseKey(prepareProfileDirectory(directory), ask, keyring);

describe('the lock of a profile', () => {
  it('KEY-1: is a file at first; the key is wiped from memory when the profile is closed', () => {
    const { directory } = newProfile();
    expect(lockOf(directory)).toBe('file');
    expect(lockOf(join(root, 'nobody'))).toBeNull();
    const profile = openProfile(directory);
    const { databaseKey } = profile.platform;
    expect(profile.platform.keyProtection).toBe('file');
    profile.close();
    expect(databaseKey).toEqual(new Uint8Array(32));
  });

  it('KEY-2 KEY-4: a passphrase, another one, and none again: always the same database key, the database untouched', async () => {
    const { directory, file, key } = newProfile();
    const database = readFileSync(join(directory, 'sotto.db'));
    await changeLock(directory, null, toPassphrase(first));
    expect(lockOf(directory)).toBe('passphrase');
    expect(readFileSync(file).includes(key)).toBe(false);
    expect(await unlock(directory, answering(first).ask)).toEqual({ key, protection: 'passphrase' });
    await changeLock(directory, answering(first).ask, toPassphrase(second));
    await expect(unlock(directory, answering(first).ask)).rejects.toMatchObject({ code: 'wrong-passphrase' });
    expect((await unlock(directory, answering(second).ask))?.key).toEqual(key);
    await changeLock(directory, answering(second).ask, to('file'));
    expect((await unlock(directory, null))?.key).toEqual(key);
    expect(readFileSync(join(directory, 'sotto.db'))).toEqual(database);
    expect(readdirSync(directory).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('KEY-2: a wrong passphrase is asked for again, three times in all, and changes nothing', async () => {
    const { directory, file, key } = newProfile();
    await changeLock(directory, null, toPassphrase(first));
    const before = readFileSync(file);
    const patient = answering('wrong one', 'wrong two', first);
    expect((await unlock(directory, patient.ask))?.key).toEqual(key);
    const mistaken = answering('a', 'b', 'c', first);
    await expect(unlock(directory, mistaken.ask)).rejects.toMatchObject({ code: 'wrong-passphrase' });
    expect(mistaken.asked).toEqual([1, 2, 3]);
    await expect(unlock(directory, answering('a').ask)).rejects.toMatchObject({ code: 'wrong-passphrase' });
    await expect(unlock(directory, null)).rejects.toMatchObject({ code: 'locked' });
    expect(() => openProfile(directory)).toThrow(expect.objectContaining({ code: 'locked' }));
    await expect(changeLock(directory, mistaken.ask, to('file'))).rejects.toMatchObject({ code: 'wrong-passphrase' });
    await expect(changeLock(directory, answering(first).ask, toPassphrase('short'))).rejects.toThrow(/at least 8/);
    expect(readFileSync(file)).toEqual(before);
  });

  it('KEY-3: the keyring holds what opens the key, and forgets it when it is not needed any more', async () => {
    const { directory, file, key } = newProfile();
    const keyring = new FakeKeyring();
    await changeLock(directory, null, to('keyring'), keyring);
    expect(readFileSync(file).includes(key)).toBe(false);
    expect([...keyring.entries.values()].some((secret) => Buffer.from(secret).equals(key))).toBe(false);
    expect(await unlock(directory, null, keyring)).toEqual({ key, protection: 'keyring' });
    await expect(unlock(directory, null, new FakeKeyring())).rejects.toMatchObject({ code: 'keyring' });
    for (const [entry] of keyring.entries) {
      const strange = new FakeKeyring();
      strange.set(entry, systemRandom(32));
      await expect(unlock(directory, null, strange)).rejects.toMatchObject({ code: 'keyring' });
    }
    await changeLock(directory, null, to('file'), keyring);
    expect(keyring.entries.size).toBe(0);
    expect((await unlock(directory, null, keyring))?.key).toEqual(key);
  });

  it('KEY-3: a keyring that cannot be asked, or does not keep what it is given, is said so and changes nothing', async () => {
    const { directory, file } = newProfile();
    const before = readFileSync(file);
    const absent: Keyring = {
      ...systemKeyring,
      set: () => {
        throw new ProfileError('keyring', 'none');
      },
    };
    await expect(changeLock(directory, null, to('keyring'), absent)).rejects.toMatchObject({ code: 'keyring' });
    const forgetful: Keyring = { get: () => systemRandom(32), set: () => undefined, remove: () => undefined };
    await expect(changeLock(directory, null, to('keyring'), forgetful)).rejects.toMatchObject({ code: 'keyring' });
    expect(readFileSync(file)).toEqual(before);
  });

  it('KEY-4: a profile that is open in another process is not changed', async () => {
    const { directory, file } = newProfile();
    const before = readFileSync(file);
    const owner = openProfile(directory);
    await expect(changeLock(directory, null, toPassphrase(first))).rejects.toMatchObject({ code: 'in-use' });
    owner.close();
    expect(readFileSync(file)).toEqual(before);
  });

  it.each(['file', 'passphrase', 'keyring'] as const)(
    'KEY-5: power lost at any step of a change from %s: the profile opens, the old way or the new',
    async (way) => {
      const { directory, key } = newProfile();
      const keyring = new FakeKeyring();
      if (way !== 'file') {
        await changeLock(directory, null, way === 'keyring' ? to('keyring') : toPassphrase(first), keyring);
      }
      const choices = way === 'file' ? [toPassphrase(second), to('keyring')] : [toPassphrase(second), to('file')];
      for (const choose of choices) {
        let steps = 0;
        for (let step = 0, done = false; !done; step++, steps++) {
          const copy = `${directory}-${step}`;
          cpSync(directory, copy, { recursive: true });
          const entries = new FakeKeyring();
          for (const [name, secret] of keyring.entries) entries.set(name, secret);
          power.calls = 0;
          power.lostAt = step;
          done = await changeLock(copy, answering(first).ask, choose, entries).then(
            () => power.calls <= step,
            () => false,
          );
          power.lostAt = Infinity;
          const opened = await unlock(copy, answering(first, second).ask, entries);
          expect(opened?.key).toEqual(key);
          const profile = openProfile(copy, opened);
          expect(profile.platform.store.get('SELECT v FROM kept')?.['v']).toBe(7);
          profile.close();
          rmSync(copy, { recursive: true });
          expect(step).toBeLessThan(40);
        }
        expect(steps).toBeGreaterThan(7);
      }
    },
  );
});

describe('the key file', () => {
  const random = systemRandom;
  const key = systemRandom(32);
  let locked: Uint8Array;
  beforeAll(() => {
    locked = passphraseKeyFile(nodePrimitives, random, key, utf8(first), cost);
  });

  it('KEY-6: changed, cut or lengthened anywhere it is refused by name, and never overwritten', async () => {
    const { directory, file } = newProfile();
    for (const good of [plainKeyFile(nodePrimitives, key), locked]) {
      for (let at = 0; at < good.length; at++) {
        const changed = good.slice();
        changed[at]! ^= 1;
        expect(() => decodeDatabaseKey(changed)).toThrow(expect.objectContaining({ code: 'corrupt' }));
        expect(() => decodeDatabaseKey(good.subarray(0, at))).toThrow(ProfileError);
      }
      const long = new Uint8Array([...good, 0]);
      for (const bytes of [good.subarray(0, 40), long, new Uint8Array(0), systemRandom(100_000)]) {
        writeFileSync(file, bytes);
        await expect(unlock(directory, answering(first).ask)).rejects.toThrow(/damaged/);
        expect(() => openProfile(directory)).toThrow(/damaged/);
        expect(readFileSync(file)).toEqual(Buffer.from(bytes));
      }
    }
  });

  it('KEY-6: changed together with its checksum it does not open', async () => {
    const { directory, file } = newProfile();
    for (const at of [18, 40, 60, 100]) {
      const changed = locked.slice();
      changed[at]! ^= 1;
      changed.set(nodePrimitives.sha256(changed.subarray(0, -16)).subarray(0, 16), changed.length - 16);
      writeFileSync(file, changed);
      await expect(unlock(directory, answering(first).ask)).rejects.toMatchObject({ code: 'wrong-passphrase' });
    }
  });

  it('KEY-7: costs out of bounds are refused before memory is spent, a later version is told apart', () => {
    const edited = (edit: (view: DataView) => void): Uint8Array => {
      const changed = locked.slice();
      edit(new DataView(changed.buffer));
      changed.set(nodePrimitives.sha256(changed.subarray(0, -16)).subarray(0, 16), changed.length - 16);
      return changed;
    };
    for (const [memory, passes] of [
      [0xffff_ffff, 3],
      [(256 << 10) + 1, 3],
      [64, 3],
      [64 << 10, 17],
      [64 << 10, 0],
    ] as const) {
      const costly = edited((view) => {
        view.setUint32(10, memory);
        view.setUint32(14, passes);
      });
      expect(() => decodeDatabaseKey(costly)).toThrow(/more memory or time/);
    }
    expect(() => decodeDatabaseKey(edited((view) => view.setUint8(8, 2)))).toThrow(/newer version/);
  });

  it('KEY-3: without a keyring in the system the words say so', () => {
    if (process.platform !== 'linux' || existsSync(`/run/user/${process.getuid?.()}/bus`)) return;
    expect(() => systemKeyring.get('sotto-test')).toThrow(/keyring of this system cannot be used/);
  });
});
