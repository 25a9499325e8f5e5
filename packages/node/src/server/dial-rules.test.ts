import { describe, expect, it } from 'vitest';
import { dialRule, literalOf, lookupWithin, placeOf } from './dial-rules.ts';
import { peerDialer } from './ws-peer-dialer.ts';

describe('RING-52: where a node calls others', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd00::1', 'private'],
    ['169.254.169.254', 'nowhere'],
    ['::ffff:169.254.169.254', 'nowhere'],
    ['0.0.0.0', 'nowhere'],
    ['::', 'nowhere'],
    ['224.0.0.1', 'nowhere'],
    ['255.255.255.255', 'nowhere'],
    ['fe80::1', 'nowhere'],
    ['ff02::1', 'nowhere'],
    ['93.184.216.34', 'public'],
    ['2606:2800:220:1::1', 'public'],
  ])('%s is %s', (address, place) => {
    expect(placeOf(address)).toBe(place);
  });

  it.each([
    ['wss://node.example', [true, false, false, false]],
    ['ws://192.168.0.7:8080', [true, true, false, false]],
    ['ws://127.0.0.1:8080', [true, true, true, false]],
    ['ws://localhost:8080', [true, true, true, false]],
    ['ws://[::1]:8080', [true, true, true, false]],
  ])('a node at %s', (own, expected) => {
    const mayDial = dialRule([own]);
    expect(['93.184.216.34', '10.0.0.1', '127.0.0.1', '169.254.169.254'].map(mayDial)).toEqual(expected);
  });

  it('an address is taken as it is, a name is looked up first', async () => {
    expect(literalOf('ws://[fe80::1]:80')).toBe('fe80::1');
    expect(literalOf('wss://node.example')).toBeNull();
    const ask = (mayDial: (address: string) => boolean): Promise<Error | null> =>
      new Promise((resolve) => lookupWithin(mayDial)('localhost', { all: true }, resolve));
    expect(await ask(() => true)).toBeNull();
    expect(await ask(dialRule(['wss://node.example']))).toBeInstanceOf(Error);
  });

  it('a node with a public address calls neither this machine nor a name for it', async () => {
    const dialer = peerDialer(dialRule(['wss://node.example']));
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
      await expect(dialer.open(`ws://${host}:9`, 'x').socket).rejects.toThrow('must not be called');
    }
  });
});
