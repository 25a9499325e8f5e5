import { describe, expect, it } from 'vitest';
import { dialRule } from '@sotto/protocol/ring';
import { literalOf, lookupWithin } from './dial-rules.ts';
import { peerDialer } from './ws-peer-dialer.ts';

describe('RING-52: where a node calls others', () => {
  it('an address is taken as it is, a name is looked up first', async () => {
    expect(literalOf('ws://[fe80::1]:80')).toBe('fe80::1');
    expect(literalOf('ws://0x7f.1')).toBe('127.0.0.1');
    expect(literalOf('wss://node.example')).toBeNull();
    const ask = (mayDial: (address: string) => boolean): Promise<Error | null> =>
      new Promise((resolve) => lookupWithin(mayDial)('localhost', { all: true }, resolve));
    expect(await ask(() => true)).toBeNull();
    expect(await ask(dialRule(['wss://node.example']))).toBeInstanceOf(Error);
  });

  it('a node with a public address calls neither this machine nor a name for it', async () => {
    const dialer = peerDialer(dialRule(['wss://node.example']));
    for (const host of ['127.0.0.1', '127.1', '2130706433', 'localhost', '[::ffff:127.0.0.1]']) {
      await expect(dialer.open(`ws://${host}:9`, 'x').socket).rejects.toThrow('must not be called');
    }
  });
});
