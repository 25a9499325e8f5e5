import { describe, expect, test } from 'vitest';
import { callError } from './database-error.ts';
import { maskedUrl, parseDatabaseUrl } from './database-url.ts';

describe('OPS-13: the address of a database', () => {
  test.each([
    ['postgres://u:p@h/d', { hosts: [{ host: 'h', port: 5432 }], user: 'u', password: 'p', database: 'd' }],
    [
      'postgresql://h:6000/d?sslmode=disable',
      { hosts: [{ host: 'h', port: 6000 }], user: undefined, sslMode: 'disable' },
    ],
    ['postgres://u:a%40b%2Fc@h/d', { password: 'a@b/c', sslMode: 'verify-full' }],
    ['postgres://u@127.0.0.1/d', { sslMode: 'disable', password: undefined }],
    [
      'postgres://u@a:1,b:2,[::1]:3/d',
      {
        hosts: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
          { host: '::1', port: 3 },
        ],
      },
    ],
    ['postgres:///d?host=/run/postgresql', { hosts: [{ host: '/run/postgresql', port: 5432 }], sslMode: 'disable' }],
  ])('%s', (url, wanted) => {
    expect(parseDatabaseUrl(url)).toMatchObject(wanted);
  });

  test.each([
    ['mysql://u:geheim@h/d', /is not postgres:/],
    ['postgres://u:geheim@h:99999/d', /99999 is no port/],
    ['postgres://u:geheim@h/d?sslmode=maybe', /sslmode "maybe" is not disable/],
    ['postgres://u:geheim@h/d?ssl=1', /"ssl" is no parameter/],
    ['postgres://u:geheim%zz@h/d', /write %25/],
    ['postgres://u:geheim@h/d?sslrootcert=/nowhere', /\/nowhere cannot be read/],
  ])('%s is refused without its password', (url, wanted) => {
    expect(() => parseDatabaseUrl(url)).toThrow(wanted);
    expect(() => parseDatabaseUrl(url)).not.toThrow(/geheim/);
    expect(maskedUrl(url.replace('mysql', 'postgres'))).not.toContain('geheim');
  });

  test.each([
    [Object.assign(new Error('x'), { code: '53100' }), 'disk-full'],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'away'],
    [Object.assign(new Error('x'), { code: '57P03' }), 'away'],
    [Object.assign(new Error('x'), { code: '25006' }), 'away'],
    [Object.assign(new Error('x'), { code: '55P03' }), 'away'],
    [new Error('Connection terminated unexpectedly'), 'away'],
    [Object.assign(new Error('x'), { code: '42601' }), 'failed'],
    [new TypeError('x'), 'failed'],
  ])('OPS-7: %s is told as %s', (error, code) => {
    expect(callError(error).code).toBe(code);
    expect(callError(error).retry).toBe(code !== 'failed');
  });

  test('OPS-7: what PostgreSQL quotes of a row goes no further', () => {
    const error = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (id)=(\\x01) exists' });
    expect(callError(error).message).not.toContain('x01');
    expect(callError(error).cause).toBeUndefined();
  });
});
