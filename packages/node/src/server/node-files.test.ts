import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemRandom } from '@sotto/primitives-node';
import { ConfigError } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { readPsk, readTls } from './given-files.ts';
import { loadNodeSecrets, makeDataDirectory } from './node-key-file.ts';

const directory = (): string => mkdtempSync(join(tmpdir(), 'sotto-node-'));

function problem(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the node’s own keys', () => {
  test('are made once', () => {
    const data = join(directory(), 'deep', 'data');
    makeDataDirectory(data);
    const first = loadNodeSecrets(data, systemRandom);
    expect(loadNodeSecrets(data, systemRandom)).toEqual(first);
    expect(readdirSync(data)).toEqual(['node-identity.json']);
  });

  test.skipIf(process.platform === 'win32')('nobody else can read them', () => {
    const data = join(directory(), 'data');
    makeDataDirectory(data);
    loadNodeSecrets(data, systemRandom);
    expect(statSync(data).mode & 0o777).toBe(0o700);
    expect(statSync(join(data, 'node-identity.json')).mode & 0o777).toBe(0o600);
  });

  test.each(['', '{', '{"version":2}', '{"version":1,"nodeSeed":"geheim","operatorSeed":"x","linkSecret":"y"}'])(
    'a damaged file %j is named, not quoted, and left alone',
    (text) => {
      const data = directory();
      writeFileSync(join(data, 'node-identity.json'), text);
      const message = problem(() => loadNodeSecrets(data, systemRandom));
      expect(message).toMatch(/key file .* is damaged; restore it from a backup/);
      expect(message).not.toContain('geheim');
      expect(readFileSync(join(data, 'node-identity.json'), 'utf8')).toBe(text);
    },
  );

  test('a directory that cannot be made or written', () => {
    const file = join(directory(), 'file');
    writeFileSync(file, '');
    expect(problem(() => makeDataDirectory(join(file, 'data')))).toMatch(/The data directory .* cannot be made: /);
    expect(problem(() => loadNodeSecrets(join(directory(), 'missing'), systemRandom))).toMatch(
      /key file .* cannot be written: it does not exist/,
    );
  });
});

describe('files named in the configuration', () => {
  test('a pre-shared key is 64 hex digits or 32 bytes', () => {
    const path = join(directory(), 'room.key');
    writeFileSync(path, `${'0A'.repeat(32)}\n`);
    expect(readPsk(path)).toEqual(new Uint8Array(32).fill(10));
    writeFileSync(path, new Uint8Array(32).fill(200));
    expect(readPsk(path)).toEqual(new Uint8Array(32).fill(200));
    for (const bad of ['', 'geheim', '0a'.repeat(31), `${'0a'.repeat(32)} x`]) {
      writeFileSync(path, bad);
      expect(problem(() => readPsk(path))).toMatch(/does not hold a key; allowed are 64 hex digits/);
    }
    expect(problem(() => readPsk(`${path}.missing`))).toMatch(/--psk-file .* cannot be read: it does not exist/);
    mkdirSync(`${path}.d`);
    expect(problem(() => readPsk(`${path}.d`))).toMatch(/it is a directory/);
  });

  test('certificate and key that are none', () => {
    const path = join(directory(), 'a.pem');
    writeFileSync(path, 'geheim');
    const config = readConfig({ flags: { tlsCert: path, tlsKey: path }, env: {}, file: null });
    expect(problem(() => readTls(config))).toMatch(/^--tls-cert .* is no PEM certificate\.$/);
    expect(readTls(readConfig({ flags: {}, env: {}, file: null }))).toBeNull();
  });
});
