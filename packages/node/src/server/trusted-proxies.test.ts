import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { parseForwarded, parseXForwardedFor } from './forwarded-for.ts';
import { isNetwork, TrustedProxies } from './trusted-proxies.ts';

const PROXY = '10.0.0.1';
const trusted = new TrustedProxies(['10.0.0.0/8', 'fd00::/8', '192.0.2.9']);

function keyOf(peer: string, headers: Record<string, string> = {}, proxies = trusted): string {
  return proxies.keyOf({ socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage);
}

describe('OPS-50: whose word counts on where somebody comes from', () => {
  test('nobody’s, unless the operator says so', () => {
    const headers = { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' };
    expect(keyOf(PROXY, headers, new TrustedProxies([]))).toBe(PROXY);
    expect(keyOf('203.0.113.5', headers)).toBe('203.0.113.5');
    expect(keyOf('192.0.2.8', headers)).toBe('192.0.2.8');
  });

  test.each([
    ['one proxy', '198.51.100.7', '198.51.100.7'],
    ['what the client had written before is not believed', '1.1.1.1, 198.51.100.7', '198.51.100.7'],
    ['two proxies', '1.1.1.1, 198.51.100.7, 10.2.3.4', '198.51.100.7'],
    ['all of them within', '10.9.9.9,10.2.3.4', '10.9.9.9'],
    ['a port', '198.51.100.7:4711', '198.51.100.7'],
    ['IPv6, by its /64', '2001:DB8:1:2:3::9', '2001:db8:1:2'],
    ['IPv6 with a port', '[2001:db8:1:2:3::9]:4711', '2001:db8:1:2'],
    ['IPv4 within IPv6', '::FFFF:198.51.100.7', '198.51.100.7'],
    ['nothing of use', 'unknown', PROXY],
    ['nothing of use before a proxy', '198.51.100.7, garbage, 10.2.3.4', '10.2.3.4'],
    ['empty', '', PROXY],
  ])('X-Forwarded-For: %s', (_, value, expected) => {
    expect(keyOf(PROXY, { 'x-forwarded-for': value })).toBe(expected);
  });

  test.each([
    ['one proxy', 'for=198.51.100.7', '198.51.100.7'],
    ['other pairs around it', 'by=10.0.0.1;For="198.51.100.7:80";proto=https', '198.51.100.7'],
    ['what the client had written before', 'for=1.1.1.1, for=198.51.100.7;host=a', '198.51.100.7'],
    ['IPv6', 'for="[2001:db8:1:2::9]:4711"', '2001:db8:1:2'],
    ['a comma within quotes is none', 'for=1.1.1.1;host="a, for=2.2.2.2", for=198.51.100.7', '198.51.100.7'],
    ['a quotation mark within quotes does not end them', 'host="\\", for=2.2.2.2";for=198.51.100.7', '198.51.100.7'],
    ['hidden', 'for=_hidden', PROXY],
    ['hidden by a proxy within', 'for=198.51.100.7, for=unknown', PROXY],
    ['malformed', 'for=198.51.100.7, for="', PROXY],
    ['malformed', 'for 198.51.100.7', PROXY],
  ])('Forwarded: %s', (_, value, expected) => {
    expect(keyOf(PROXY, { forwarded: value })).toBe(expected);
  });

  test('two that say different things: one was passed on as the client wrote it', () => {
    const say = (x: string, forwarded: string) => keyOf(PROXY, { 'x-forwarded-for': x, forwarded });
    expect(say('198.51.100.7', 'for=2.2.2.2')).toBe(PROXY);
    expect(say('2.2.2.2', 'for=198.51.100.7')).toBe(PROXY);
    expect(say('198.51.100.7', 'for=198.51.100.7')).toBe('198.51.100.7');
  });

  test('peers as the system names them', () => {
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    for (const peer of ['::ffff:10.0.0.1', 'fd00::1', '192.0.2.9']) expect(keyOf(peer, headers)).toBe('198.51.100.7');
    expect(keyOf('2001:db8::1', headers)).toBe('2001:db8:0:0');
    expect(keyOf('', headers)).toBe('');
  });

  test.each([
    ['10.0.0.1', true],
    ['10.0.0.0/8', true],
    ['::1/128', true],
    ['10.0.0.0/33', false],
    ['fd00::/129', false],
    ['0.0.0.0/0', false],
    ['10.0.0.0/08', false],
    ['10.0.0.0/8/8', false],
    ['10.0.0/8', false],
    ['fe80::1%eth0', false],
    ['proxy', false],
    ['', false],
  ])('network %s: %s', (text, expected) => {
    expect(isNetwork(text)).toBe(expected);
  });

  test('headers as long as a request may have cost next to nothing', () => {
    const many = Array.from({ length: 2000 }, () => '1.1').join(',');
    expect(parseXForwardedFor(many)).toHaveLength(2000);
    expect(parseForwarded(`for=${'"\\'.repeat(4000)}`)).toBeNull();
    expect(parseForwarded('a=b;'.repeat(2000))).toBeNull();
    expect(parseForwarded('a=b,'.repeat(2000).slice(0, -1))).toHaveLength(2000);
  });
});
