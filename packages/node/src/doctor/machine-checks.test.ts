import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '@sotto/primitives-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadNodeSecrets } from '../server/node-key-file.ts';
import { clockChecks, clockOfNode } from './clock-checks.ts';
import { diskChecks } from './disk-checks.ts';
import { machineChecks } from './machine-checks.ts';
import { thisMachine } from './machine.ts';
import { configOf, named, NOW_MS, soundMachine } from './sound-machine.fixture.ts';
import { tlsChecks } from './tls-checks.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-doctor-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const openFiles = (soft: string) => () => `Max open files            ${soft}              1048576              files\n`;
const systemError = (code: string): Error => Object.assign(new Error(code), { code });

describe('OPS-58: Node, memory and open files', () => {
  test('all is well', () => {
    expect(machineChecks(configOf(), soundMachine).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
  });

  test.each([
    ['20.1.0', 'failed'],
    ['24.0.0', 'warning'],
  ])('Node %s: %s', (nodeVersion, state) => {
    expect(named(machineChecks(configOf(), { ...soundMachine, nodeVersion }), 'node-version').state).toBe(state);
  });

  test('a machine with little memory, and one with too little', () => {
    const of = (bytes: number) =>
      named(machineChecks(configOf(), { ...soundMachine, availableMemory: () => bytes }), 'memory');
    expect(of(2 ** 26).state).toBe('failed');
    expect(of(2 ** 28)).toMatchObject({ state: 'warning', fix: expect.stringContaining('limits.links to 8192') });
  });

  test('few open files: how many connections they allow, in each worker', () => {
    const of = (soft: string, ...argv: string[]) =>
      named(machineChecks(configOf(...argv), { ...soundMachine, limits: openFiles(soft) }), 'open-files');
    expect(of('256')).toMatchObject({ state: 'failed', found: expect.stringContaining('56 connections') });
    expect(of('60000')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('59800 connections; 102048 are wanted'),
    });
    expect(of('60000', '--workers', '2')).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('51024 are wanted'),
    });
    expect(of('unlimited').state).toBe('ok');
  });

  test('what this machine really says can be read', () => {
    for (const check of machineChecks(configOf(), thisMachine)) expect(check.found).toMatch(/\d/);
  });
});

describe('OPS-58: the data directory', () => {
  const disk = async (name: string, machine = soundMachine, data = directory, ...argv: string[]) =>
    named(await diskChecks(configOf('--data', data, ...argv), machine), name);

  test('all is well, and nothing is left behind', async () => {
    const data = mkdtempSync(join(directory, 'well-'));
    loadNodeSecrets(data, systemRandom);
    const checks = await diskChecks(configOf('--data', data), { ...soundMachine, flush: thisMachine.flush });
    expect(checks.find(({ state }) => state === 'failed')).toBeUndefined();
    expect(execFileSync('ls', ['-A', data], { encoding: 'utf8' })).toBe('node-identity.json\n');
  });

  test('a disk that is full, or nearly', async () => {
    const with_ = (freeBytes: number) => ({
      ...soundMachine,
      space: () => Promise.resolve({ freeBytes, totalBytes: 2 ** 37, type: 0 }),
    });
    expect((await disk('disk', with_(2 ** 20))).state).toBe('failed');
    expect((await disk('disk', with_(2 ** 30))).state).toBe('warning');
  });

  test('a directory that cannot be written: a file is in its place', async () => {
    const file = join(directory, 'a-file');
    writeFileSync(file, '');
    const machine = { ...soundMachine, flush: thisMachine.flush };
    const check = await disk('disk-flush', machine, join(file, 'data'));
    expect(check).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('a part of the path is no directory'),
    });
  });

  test('a disk whose fsync fails, and a slow one', async () => {
    const broken = { ...soundMachine, flush: () => Promise.reject(systemError('EIO')) };
    expect(await disk('disk-flush', broken)).toMatchObject({ state: 'failed', found: expect.stringContaining('EIO') });
    const slow = { ...soundMachine, flush: () => Promise.resolve(400) };
    expect(await disk('disk-flush', slow)).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('400 ms'),
    });
  });

  test('a directory in memory, as statfs tells it', async () => {
    const memory = {
      ...soundMachine,
      space: () => Promise.resolve({ freeBytes: 2 ** 36, totalBytes: 2 ** 37, type: 0x0102_1994 }),
    };
    expect((await disk('disk-flush', memory)).state).toBe('failed');
    expect((await disk('disk-flush', memory, directory, '--store', 'memory')).state).toBe('ok');
  });

  test.skipIf(process.platform === 'win32')('a key that others can read', async () => {
    const data = mkdtempSync(join(directory, 'key-'));
    loadNodeSecrets(data, systemRandom);
    const path = join(data, 'node-identity.json');
    chmodSync(path, 0o644);
    expect(await disk('node-key', soundMachine, data)).toMatchObject({ state: 'failed', fix: `chmod 600 ${path}` });
  });
});

describe('OPS-58: the clock', () => {
  test('far off, a little off, unknown, kept by nobody', () => {
    const at = (aheadMs: number | null) => clockChecks([{ whose: 'the database', aheadMs }], true)[0];
    expect(at(1000)?.state).toBe('ok');
    expect(at(-20_000)).toMatchObject({ state: 'warning', found: '20 s ahead of the database' });
    expect(at(90_000)).toMatchObject({ state: 'failed', found: '90 s behind the database' });
    expect(at(null)?.state).toBe('warning');
    expect(clockChecks([], false)[0]?.state).toBe('warning');
    expect(clockChecks([], null)[0]?.found).toContain('--compare-clock');
  });

  test('another node’s time is that of its answers', async () => {
    const server = createServer((_, response) =>
      response.setHeader('date', new Date(NOW_MS + 90_000).toUTCString()).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { aheadMs } = await clockOfNode(url, soundMachine.clock);
    expect(Math.abs(aheadMs! - 90_500)).toBeLessThanOrEqual(1000);
    await new Promise((resolve) => server.close(resolve));
    expect((await clockOfNode(url, soundMachine.clock)).aheadMs).toBeNull();
  });
});

describe('OPS-58: TLS', () => {
  const openssl = (...argv: string[]): void => void execFileSync('openssl', argv, { cwd: directory, stdio: 'ignore' });
  const key = (name: string): void => openssl('genpkey', '-algorithm', 'ed25519', '-out', `${name}.key`);
  const at = (name: string): string => join(directory, name);
  const of = async (cert: string, privateKey = 'node', publicUrl = 'wss://chat.example', nowMs = Date.now()) =>
    named(
      await tlsChecks(
        configOf('--tls-cert', at(cert), '--tls-key', at(`${privateKey}.key`), '--public-url', publicUrl),
        nowMs,
      ),
      'tls',
    );

  beforeAll(() => {
    key('authority');
    key('node');
    const name = ['-addext', 'subjectAltName=DNS:chat.example'];
    openssl('req', '-x509', '-key', 'authority.key', '-out', 'authority.pem', '-subj', '/CN=authority', '-days', '99');
    openssl('req', '-x509', '-key', 'node.key', '-out', 'own.pem', '-subj', '/CN=node', '-days', '99', ...name);
    openssl('req', '-new', '-key', 'node.key', '-out', 'node.csr', '-subj', '/CN=node', ...name);
    const sign = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-set_serial', '7', '-copy_extensions', 'copyall'];
    openssl('x509', '-req', '-in', 'node.csr', '-out', 'leaf.pem', '-days', '60', ...sign);
    writeFileSync(at('chain.pem'), readFileSync(at('leaf.pem'), 'utf8') + readFileSync(at('authority.pem'), 'utf8'));
    writeFileSync(at('garbage.pem'), 'no certificate');
  });

  test('all is well', async () => {
    expect(await of('chain.pem')).toMatchObject({ state: 'ok' });
  });

  test.each([
    ['garbage.pem', 'node', 'is no PEM certificate'],
    ['missing.pem', 'node', 'cannot be read'],
    ['chain.pem', 'authority', 'does not belong to the certificate'],
  ])('%s with the key of %s', async (cert, privateKey, found) => {
    expect(await of(cert, privateKey)).toMatchObject({ state: 'failed', found: expect.stringContaining(found) });
  });

  test('ran out, runs out soon, not valid yet, of another host', async () => {
    const day = 86_400_000;
    expect(await of('chain.pem', 'node', 'wss://chat.example', Date.now() + 61 * day)).toMatchObject({
      state: 'failed',
    });
    expect(await of('chain.pem', 'node', 'wss://chat.example', Date.now() + 50 * day)).toMatchObject({
      state: 'warning',
    });
    expect(await of('chain.pem', 'node', 'wss://chat.example', Date.now() - 9 * day)).toMatchObject({
      state: 'failed',
    });
    const other = await of('chain.pem', 'node', 'wss://other.example');
    expect(other).toMatchObject({ state: 'failed', found: expect.stringContaining('does not name other.example') });
  });

  test('signed by itself, or without its chain', async () => {
    expect(await of('own.pem')).toMatchObject({ state: 'warning', found: expect.stringContaining('signed by itself') });
    expect(await of('leaf.pem')).toMatchObject({ state: 'warning', found: expect.stringContaining('no chain') });
  });

  test('a proxy shows another certificate than the one for its name; a public address without any', async () => {
    const { createServer: secure } = await import('node:https');
    const server = secure({ cert: readFileSync(at('chain.pem')), key: readFileSync(at('node.key')) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const shown = await tlsChecks(configOf('--public-url', `wss://127.0.0.1:${port}`), Date.now());
    expect(named(shown, 'tls')).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('does not name 127.0.0.1'),
    });
    await new Promise((resolve) => server.close(resolve));
    const nobody = await tlsChecks(configOf('--public-url', `wss://127.0.0.1:${port}`), Date.now());
    expect(named(nobody, 'tls').state).toBe('failed');
    expect(named(await tlsChecks(configOf('--public-url', 'ws://chat.example'), Date.now()), 'tls').state).toBe(
      'warning',
    );
  });
});
