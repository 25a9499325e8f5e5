import { createPrivateKey, createPublicKey } from 'node:crypto';
import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { noblePrimitives } from '@sotto/protocol/crypto';
import { describe, expect, test } from 'vitest';
import { digestFits } from './content-digest.ts';
import { ReplayGuard } from './replay-guard.ts';
import { type RawRequest, signatureBase } from './signature-base.ts';
import { readSignature } from './signature-input.ts';

// RFC 9421, appendix B.1.4 and B.2: the key, the request and the signature.
const PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----`;
const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----`;
const INPUT =
  'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"';
const SIGNATURE = 'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:';
const REQUEST: RawRequest = {
  method: 'POST',
  target: '/foo?param=Value&Pet=dog',
  headers: {
    host: ['example.com'],
    date: ['Tue, 20 Apr 2021 02:07:55 GMT'],
    'content-type': ['application/json'],
    'content-digest': [
      'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
    ],
    'content-length': ['18'],
  },
};

describe('RFC 9421', () => {
  test('HTTP-10: the Ed25519 signature of appendix B.2.6 holds, and no other', () => {
    const input = readSignature(INPUT, SIGNATURE, null);
    const base = signatureBase(REQUEST, input);
    expect(Buffer.from(base).toString()).toBe(`"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`);
    const key = createPublicKey(PUBLIC_KEY).export({ type: 'spki', format: 'der' }).subarray(-32);
    const seed = createPrivateKey(PRIVATE_KEY).export({ type: 'pkcs8', format: 'der' }).subarray(-32);
    for (const { ed25519 } of [primitives, noblePrimitives]) {
      expect(ed25519.verify(key, base, input.signature)).toBe(true);
      expect(Buffer.from(ed25519.sign(seed, base))).toEqual(Buffer.from(input.signature));
      expect(ed25519.verify(key, signatureBase({ ...REQUEST, method: 'PUT' }, input), input.signature)).toBe(false);
    }
  });

  test('HTTP-13: derived components are taken from the request line as it came', () => {
    const base = (names: string, request: RawRequest = REQUEST): string =>
      Buffer.from(signatureBase(request, readSignature(`s=(${names})`, 's=:AAAA:', null))).toString();
    expect(base('"@query"')).toContain('"@query": ?param=Value&Pet=dog\n');
    expect(base('"@query"', { ...REQUEST, target: '/foo' })).toContain('"@query": ?\n');
    expect(base('"@request-target"')).toContain('"@request-target": /foo?param=Value&Pet=dog\n');
    // Several lines of one header are one value (section 2.1).
    const twice = { ...REQUEST, headers: { 'x-a': [' one ', 'two'] } };
    expect(base('"x-a"', twice)).toContain('"x-a": one, two\n');
    for (const names of ['"x-absent"', '"@status"', '"@signature-params"', '"Date"']) {
      expect(() => base(names), names).toThrow('cannot be read');
    }
  });
});

describe('digests', () => {
  test('HTTP-13: RFC 9530 with sha-512 and sha-256; each that is there must fit', () => {
    const body = new TextEncoder().encode('{"hello": "world"}');
    const [sha512] = REQUEST.headers['content-digest']!;
    const sha256 = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:';
    const fits = (header: string): boolean => digestFits(primitives, header, body);
    expect(fits(sha512!)).toBe(true);
    expect(fits(sha256)).toBe(true);
    expect(fits(`${sha256}, ${sha512}, md5=:AAAA:`)).toBe(true);
    expect(fits(`sha-256=:${'A'.repeat(43)}=:, ${sha512}`)).toBe(false);
    for (const header of ['', 'md5=:AAAA:', 'sha-256="text"', 'sha-256=(', 'sha-256']) expect(fits(header)).toBe(false);
  });
});

describe('nonces', () => {
  test('HTTP-12: are remembered as long as their signatures may count', () => {
    const guard = new ReplayGuard(240, 1000);
    const from = 1_000_000;
    expect(guard.take('a', 'n', from)).toBe('taken');
    for (const later of [0, 1, 120, 239, 240])
      expect(guard.take('a', 'n', from + later), String(later)).toBe('replayed');
    expect(guard.take('b', 'n', from + 240)).toBe('taken');
    expect(guard.take('a', 'm', from + 240)).toBe('taken');
    // Far too old for its signature to count.
    expect(guard.take('a', 'n', from + 481)).toBe('taken');
  });

  test('HTTP-12: no more than fit are taken; those that were are still known', () => {
    const guard = new ReplayGuard(240, 2);
    expect(['x', 'y', 'z', 'x'].map((nonce) => guard.take('a', nonce, 5))).toEqual([
      'taken',
      'taken',
      'full',
      'replayed',
    ]);
  });
});
