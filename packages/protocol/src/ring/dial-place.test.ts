import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialRule, hostOf, placeOfHost } from './index.ts';

describe('RING-52, RING-80: where an address leads', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['2002:7f00:1::', 'loopback'],
    ['localhost', 'loopback'],
    ['a.LOCALHOST', 'loopback'],
    // As browsers read them.
    ['127.1', 'loopback'],
    ['2130706433', 'loopback'],
    ['0x7f.0.0.1', 'loopback'],
    ['0177.0.0.1', 'loopback'],
    ['0x7f000001', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['192.168.257', 'private'],
    ['100.64.0.1', 'private'],
    ['100.128.0.1', 'public'],
    ['fd00::1', 'private'],
    ['nas', 'private'],
    ['printer.local', 'private'],
    ['router.home.arpa', 'private'],
    ['169.254.169.254', 'nowhere'],
    ['::ffff:169.254.169.254', 'nowhere'],
    ['0.0.0.0', 'nowhere'],
    ['0', 'nowhere'],
    ['::', 'nowhere'],
    ['224.0.0.1', 'nowhere'],
    ['255.255.255.255', 'nowhere'],
    ['fe80::1', 'nowhere'],
    ['fe80::1%eth0', 'nowhere'],
    ['fec0::1', 'nowhere'],
    ['ff02::1', 'nowhere'],
    // No addresses at all.
    ['1.2.3.4.5', 'nowhere'],
    ['256.1.1.1', 'nowhere'],
    ['08.1.1.1', 'nowhere'],
    ['1::2::3', 'nowhere'],
    ['12345::', 'nowhere'],
    ['1:2:3', 'nowhere'],
    ['93.184.216.34', 'public'],
    ['2606:2800:220:1::1', 'public'],
    ['node.example', 'public'],
    ['3.node.example', 'public'],
  ])('%s is %s', (address, place) => {
    expect(placeOfHost(address)).toBe(place);
  });

  it('every address is where the tables of an operating system have it', () => {
    const tables = { loopback: new BlockList(), private: new BlockList(), nowhere: new BlockList() };
    for (const [net, bits, place] of [
      ['127.0.0.0', 8, 'loopback'],
      ['10.0.0.0', 8, 'private'],
      ['172.16.0.0', 12, 'private'],
      ['192.168.0.0', 16, 'private'],
      ['100.64.0.0', 10, 'private'],
      ['0.0.0.0', 8, 'nowhere'],
      ['169.254.0.0', 16, 'nowhere'],
      ['224.0.0.0', 3, 'nowhere'],
    ] as const) {
      tables[place].addSubnet(net, bits, 'ipv4');
    }
    tables.loopback.addAddress('::1', 'ipv6');
    tables.private.addSubnet('fc00::', 7, 'ipv6');
    for (const [net, bits] of [['fe80::', 10], ['fec0::', 10], ['ff00::', 8]] as const) tables.nowhere.addSubnet(net, bits, 'ipv6'); // prettier-ignore
    const near = fc.constantFrom('127', '10', '172', '192', '100', '169', '224', '0', '223', '8');
    const ipv4 = fc.tuple(near, fc.oneof(fc.constantFrom('16', '31', '32', '168', '64', '127', '128', '254'), fc.nat(255).map(String)), fc.nat(255), fc.nat(255)); // prettier-ignore
    const group = fc.oneof(fc.constantFrom('fe80', 'fec0', 'febf', 'fc00', 'fdff', 'fe00', 'ff02', '2606', '64'), fc.nat(65_535).map((n) => n.toString(16))); // prettier-ignore
    const ipv6 = fc.tuple(group, fc.array(group, { minLength: 1, maxLength: 6 }));
    const addresses = fc.oneof(
      ipv4.map((parts) => parts.join('.')),
      ipv4.map((parts) => `::ffff:${parts.join('.')}`),
      ipv6.map(([first, rest]) => `${first}::${rest.join(':')}`).filter((text) => !/^(0|64|2002):/.test(text)),
    );
    fc.assert(
      fc.property(addresses, (address) => {
        const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
        const found = Object.entries(tables).find(([, table]) => table.check(address, family))?.[0] ?? 'public';
        expect(placeOfHost(address)).toBe(found);
      }),
      { numRuns: 2000 },
    );
  });

  it('a URL is read as whoever dials it reads it', () => {
    expect(hostOf('ws://[fe80::1]:80/x')).toBe('fe80::1');
    expect(hostOf('WSS://Node.Example:443/sotto')).toBe('Node.Example');
    const hosts = ['127.1', '0x7f.1', '2130706433', '0300.0250.1', '1.2.3', '0', '10.0.0.0x1', '[::ffff:10.0.0.1]'];
    for (const host of hosts) {
      const read = new URL(`ws://${host}/`).hostname.replace(/^\[|\]$/g, '');
      expect(placeOfHost(hostOf(`ws://${host}/`))).toBe(placeOfHost(read));
    }
  });

  it.each([
    ['wss://node.example', [true, false, false, false]],
    ['ws://192.168.0.7:8080', [true, true, false, false]],
    ['ws://nas:8080', [true, true, false, false]],
    ['ws://127.0.0.1:8080', [true, true, true, false]],
    ['ws://localhost:8080', [true, true, true, false]],
    ['ws://[::1]:8080', [true, true, true, false]],
  ])('who is at %s', (own, expected) => {
    const mayDial = dialRule([own]);
    expect(['93.184.216.34', '10.0.0.1', '127.0.0.1', '169.254.169.254'].map(mayDial)).toEqual(expected);
  });
});
